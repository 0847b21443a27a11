import { decodeStation, decodeStationPage, decodeStationRow, type StationPage } from '../wire/rest';
import type { StateRow, Station } from '../wire/types';
import type { RestClient } from './client';

/** Which stations: whose words match, of one kind, how many at most; as they were known at a past moment where one is told. */
export interface StationQuestion {
  readonly words?: string;
  readonly kind?: string;
  readonly limit?: number;
  readonly at?: number | null;
}

const pathOf = (id: string): string => `/v1/stations/${id.split('/').map(encodeURIComponent).join('/')}`;

const asOf = (at: number | null | undefined): Readonly<Record<string, string>> => (at == null ? {} : { at: new Date(at).toISOString() });

/** How a station describes itself. */
export const fetchStation = (rest: RestClient, id: string, signal: AbortSignal): Promise<Station> =>
  rest.get(pathOf(id), decodeStation, signal);

/** What a station shows now, or showed at a past moment. */
export const fetchStationRow = (rest: RestClient, id: string, at: number | null, signal: AbortSignal): Promise<StateRow> =>
  rest.get(at === null ? pathOf(id) : `${pathOf(id)}?${new URLSearchParams(asOf(at))}`, decodeStationRow, signal);

/** Stations, the worst first. */
export function fetchStationPage(rest: RestClient, { words, kind, limit, at }: StationQuestion, signal: AbortSignal): Promise<StationPage> {
  const query = new URLSearchParams({
    order: 'worst',
    ...(words ? { q: words } : {}),
    ...(kind === undefined ? {} : { kind }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
    ...asOf(at),
  });
  return rest.get(`/v1/stations?${query}`, decodeStationPage, signal);
}
