import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { isCallError } from '../rest/client';
import { type Bucketing, bucketOf, fetchBuckets } from '../rest/history';
import { isUp } from '../state/connection';
import type { Bucket, Reading } from '../wire/types';

export interface Series {
  /** Null while it is under way. */
  readonly values: readonly Bucket[] | null;
  readonly failure: string | null;
}

/** The stored values of the last `lengthMs`, asked for again when the connection is back, and the live value that goes on from them. */
export function useSeries(
  station: string,
  property: string,
  lengthMs: number,
  live: Reading | undefined,
  bucket: Bucketing = bucketOf(lengthMs),
): Series {
  const { rest, store } = useApp();
  const [stored, setStored] = useState<readonly Bucket[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const up = isUp(store.connection.value);
  useEffect(() => {
    const abort = new AbortController();
    const now = store.now.peek() + store.connection.peek().skewMs;
    fetchBuckets(rest, { station, property, from: now - lengthMs, to: now, bucket }, abort.signal).then(
      (told) => {
        setStored((known) => goOn(told, known ?? []));
        setFailure(null);
      },
      (error: Error) => {
        if (abort.signal.aborted) return;
        if (!isCallError(error)) throw error;
        setFailure(error.message);
      },
    );
    return () => abort.abort();
  }, [rest, store, station, property, lengthMs, bucket, up]);

  // In hours a single value would be a point apart.
  const isFine = bucket === '1m';
  useEffect(() => {
    if (!live || !isFine) return;
    const { time, value } = live;
    setStored((known) => known && goOn(known, [{ time, n: 1, mean: value, min: value, max: value }]));
  }, [live, isFine]);
  return { values: stored, failure: stored === null ? failure : null };
}

/** `values` followed by what is newer than their end. */
export function goOn(values: readonly Bucket[], newer: readonly Bucket[]): readonly Bucket[] {
  const end = values.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
  const added = newer.filter((bucket) => bucket.time > end);
  return added.length === 0 ? values : [...values, ...added];
}
