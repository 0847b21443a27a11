import { decodeBuckets } from '../wire/rest';
import type { Bucket } from '../wire/types';
import type { RestClient } from './client';

const hourMs = 3600_000;
/** Up to so long a minute is told, beyond it the hour: 10,000 rows are the most that the service gives. */
const finestMs = 48 * hourMs;

/** A part of a series: from when until when, in milliseconds. */
export interface Stretch {
  readonly station: string;
  readonly property: string;
  readonly from: number;
  readonly to: number;
  /** As `bucketOf` says unless told. */
  readonly bucket?: Bucketing;
}

export type Bucketing = '1m' | '1h';

/** The width of the buckets that a stretch of so many milliseconds is told in. */
export const bucketOf = (lengthMs: number): Bucketing => (lengthMs <= finestMs ? '1m' : '1h');

/** The means, minima and maxima of a stretch: of every minute that has a value, or of every hour where it is long. */
export function fetchBuckets(
  rest: RestClient,
  { station, property, from, to, bucket = bucketOf(to - from) }: Stretch,
  signal: AbortSignal,
): Promise<Bucket[]> {
  const query = new URLSearchParams({
    station,
    property,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    bucket,
  });
  return rest.get(`/v1/observations?${query}`, decodeBuckets, signal);
}
