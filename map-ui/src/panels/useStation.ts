import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { isCallError } from '../rest/client';
import { isUp } from '../state/connection';
import { decodeStation } from '../wire/rest';
import type { Station } from '../wire/types';

/** The description of a station; null while it is not known. Asked for again when the connection is back. */
export function useStation(id: string | null): Station | null {
  const { rest, store } = useApp();
  const [station, setStation] = useState<Station | null>(null);
  const up = isUp(store.connection.value);
  const known = station?.id === id;
  useEffect(() => {
    if (id === null || known) return;
    const abort = new AbortController();
    const path = id.split('/').map(encodeURIComponent).join('/');
    rest.get(`/v1/stations/${path}`, decodeStation, abort.signal).then(setStation, (error) => {
      // Without it the card shows what the stream tells.
      if (!isCallError(error) && !abort.signal.aborted) throw error;
    });
    return () => abort.abort();
  }, [id, up, known, rest]);
  return known ? station : null;
}
