import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { isCallError } from '../rest/client';
import { isUp } from '../state/connection';
import { decodeStation } from '../wire/rest';
import type { Station } from '../wire/types';

const everyMs = 15_000;

/**
 * The description of a station; null while it is not known. Asked for again when the connection is back, and every 15 seconds while the
 * stream tells nothing of it because the map shows another place (`isLive` false), so that its values stay of today.
 */
export function useStation(id: string | null, isLive: boolean): Station | null {
  const { rest, store } = useApp();
  const [station, setStation] = useState<Station | null>(null);
  const up = isUp(store.connection.value);
  const known = station?.id === id;
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    // A subject that is no station has no description.
    if (isLive || id === null || !id.includes('/')) return;
    const timer = setInterval(() => setTurn((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [id, isLive]);
  useEffect(() => {
    if (id === null || !id.includes('/') || (known && isLive)) return;
    const abort = new AbortController();
    const path = id.split('/').map(encodeURIComponent).join('/');
    rest.get(`/v1/stations/${path}`, decodeStation, abort.signal).then(setStation, (error) => {
      // Without it the card shows what the stream tells.
      if (!isCallError(error) && !abort.signal.aborted) throw error;
    });
    return () => abort.abort();
  }, [id, up, isLive, turn, rest]);
  return known ? station : null;
}
