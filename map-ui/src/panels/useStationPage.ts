import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { fetchStationPage } from '../rest/stations';
import type { StationPage } from '../wire/rest';
import { type Asked, useAsked } from './useAsked';

const refreshMs = 5_000;
const typingMs = 250;

export const pageSize = 200;

/** The worst stations that match the words, of all that the service knew at the time that is shown; asked for again every few seconds. */
export function useStationPage(words: string): Asked<StationPage & { readonly at: number | null }> {
  const { rest, store } = useApp();
  const settled = useSettled(words.trim(), typingMs);
  const ask = async (signal: AbortSignal) => {
    const at = store.momentPast();
    return { ...(await fetchStationPage(rest, { words: settled, limit: pageSize, at }, signal)), at };
  };
  return useAsked(store.stretch.value, ask, [settled], { everyMs: refreshMs });
}

/** A value once it has not changed for so long. */
function useSettled<T>(value: T, afterMs: number): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}
