import { decodeBuckets } from '../wire/rest';
import type { Bucket } from '../wire/types';
import type { RestClient } from './client';

const dayMs = 24 * 3600_000;

/** The 24 hours of a series up to `now`, a value for every minute that has one. */
export function fetchDay(rest: RestClient, station: string, property: string, now: number, signal: AbortSignal): Promise<Bucket[]> {
  const query = new URLSearchParams({
    station,
    property,
    from: new Date(now - dayMs).toISOString(),
    to: new Date(now).toISOString(),
    bucket: '1m',
  });
  return rest.get(`/v1/observations?${query}`, decodeBuckets, signal);
}
