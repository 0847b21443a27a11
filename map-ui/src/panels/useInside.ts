import { useApp } from '../app';
import { language } from '../i18n';
import { fetchInside, type Inside } from '../rest/inside';
import { areaFilter, type Drawing } from '../state/drawing';
import { type Asked, useAsked } from './useAsked';

const refreshMs = 10_000;

/** What lies inside a drawing now: every collection with how many it has there and the first of them; asked for again and again. */
export function useInside(drawing: Drawing): Asked<readonly Inside[]> {
  const { rest } = useApp();
  const filter = drawing.done ? areaFilter(drawing) : null;
  const code = language.value;
  return useAsked(filter, (signal) => fetchInside(rest, filter ?? '', code, signal), [code], { everyMs: refreshMs });
}
