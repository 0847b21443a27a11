import { useEffect, useMemo, useState } from 'preact/hooks';
import { useApp } from '../app';
import { type Bucketing, bucketOf, fetchBuckets } from '../rest/history';
import type { Bucket, Reading } from '../wire/types';
import { useAsked } from './useAsked';

export interface Series {
  /** Null while it is under way. */
  readonly values: readonly Bucket[] | null;
  readonly failure: string | null;
}

/** In a replay the stored values are asked for again so often: at its speed the stream leaves many out. */
const replayedMs = 10_000;

/** The stored values of the last `lengthMs` up to the time that is shown, and the live value that goes on from them. */
export function useSeries(
  station: string,
  property: string,
  lengthMs: number,
  live: Reading | undefined,
  bucket: Bucketing = bucketOf(lengthMs),
): Series {
  const { rest, store } = useApp();
  const stretch = store.stretch.value;
  const subject = stretch === null ? null : [stretch, station, property, bucket, lengthMs].join(' ');
  const ask = (signal: AbortSignal) => {
    const to = store.shown.peek();
    return fetchBuckets(rest, { station, property, from: to - lengthMs, to, bucket }, signal);
  };
  const { told, failure } = useAsked(subject, ask, [], store.isPast.value ? { everyMs: replayedMs } : {});
  const [newer, setNewer] = useState<readonly Bucket[]>([]);
  useEffect(() => setNewer([]), [subject]);
  // In hours a single value would be a point apart.
  const isFine = bucket === '1m';
  useEffect(() => {
    if (!live || !isFine) return;
    const { time, value } = live;
    setNewer((known) => goOn(known, [{ time, n: 1, mean: value, min: value, max: value }]));
  }, [live, isFine, subject]);
  const values = useMemo(() => told && goOn(told, newer), [told, newer]);
  return { values, failure: told === null ? failure : null };
}

/** `values` followed by what is newer than their end. */
export function goOn(values: readonly Bucket[], newer: readonly Bucket[]): readonly Bucket[] {
  const end = values.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
  const added = newer.filter((bucket) => bucket.time > end);
  return added.length === 0 ? values : [...values, ...added];
}
