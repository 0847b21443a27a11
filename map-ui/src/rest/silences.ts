import {
  decodePreview,
  decodeSilence,
  decodeSilences,
  type Phase,
  type Silence,
  type SilencePreview,
  type SilenceScope,
} from '../wire/silence';
import type { RestClient } from './client';

/** Those that are not over, or those of one phase. */
export function fetchSilences(rest: RestClient, phase: Phase | null, signal: AbortSignal): Promise<Silence[]> {
  return rest.get(`/v1/silences${phase === null ? '' : `?phase=${phase}`}`, decodeSilences, signal);
}

/** What a silence would hide now, and of what fired in the last seven days. */
export const previewSilence = (rest: RestClient, scope: SilenceScope): Promise<SilencePreview> =>
  rest.post('/v1/silences/preview', bodyOf(scope), decodePreview);

/** Make a silence; it begins now where no beginning is told. */
export function createSilence(
  rest: RestClient,
  scope: SilenceScope,
  { startsAt, endsAt }: { readonly startsAt: number | null; readonly endsAt: number },
  comment: string,
  idem: string,
): Promise<Silence> {
  const begin = startsAt === null ? {} : { starts_at: new Date(startsAt).toISOString() };
  const body = { ...bodyOf(scope), ...begin, ends_at: new Date(endsAt).toISOString(), comment };
  return rest.post('/v1/silences', body, decodeSilence, idem);
}

/** End a silence now, as the operator saw it. */
export const endSilence = (rest: RestClient, { id, version }: Silence, idem: string): Promise<Silence> =>
  rest.post(`/v1/silences/${encodeURIComponent(id)}/expire`, { if_version: version }, decodeSilence, idem);

const bodyOf = ({ matchers, area, recurrence }: SilenceScope) => ({
  matchers,
  ...(area === null ? {} : { area }),
  ...(recurrence === null ? {} : { recurrence }),
});
