import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { isCallError } from '../rest/client';
import { isUp } from '../state/connection';
import { decodeStationPage, type StationPage } from '../wire/rest';

const refreshMs = 5_000;
const typingMs = 250;

export const pageSize = 200;

/** The worst stations that match the words, of all that the service knows; asked for again every few seconds. Null before the first answer. */
export function useStationPage(words: string): StationPage | null {
  const { rest, store } = useApp();
  const [page, setPage] = useState<StationPage | null>(null);
  const up = isUp(store.connection.value);
  useEffect(() => {
    if (!up) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = () => {
      const query = new URLSearchParams({ order: 'worst', limit: String(pageSize), ...(words.trim() === '' ? {} : { q: words }) });
      rest
        .get(`/v1/stations?${query}`, decodeStationPage, abort.signal)
        .then(setPage, (error) => {
          // What is shown stays; the connection says that the service is away.
          if (!isCallError(error) && !abort.signal.aborted) throw error;
        })
        .finally(() => {
          if (!abort.signal.aborted) timer = setTimeout(ask, refreshMs);
        });
    };
    timer = setTimeout(ask, page === null ? 0 : typingMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [rest, up, words]);
  return page;
}
