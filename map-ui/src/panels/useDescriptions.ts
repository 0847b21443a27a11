import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { isCallError } from '../rest/client';
import { isUp } from '../state/connection';
import { decodeStations } from '../wire/rest';
import type { Station } from '../wire/types';

export type Descriptions = ReadonlyMap<string, Station>;

const none: Descriptions = new Map();

/** What the stations say about themselves, by id; asked for when first needed and again when the connection is back. */
export function useDescriptions(): Descriptions {
  const { rest, store } = useApp();
  const [descriptions, setDescriptions] = useState<Descriptions>(none);
  const up = isUp(store.connection.value);
  useEffect(() => {
    if (!up) return;
    const abort = new AbortController();
    rest.get('/v1/stations?limit=10000', decodeStations, abort.signal).then(
      (stations) => setDescriptions(new Map(stations.map((station) => [station.id, station]))),
      (error) => {
        // Without them the table shows what the stream tells.
        if (!isCallError(error) && !abort.signal.aborted) throw error;
      },
    );
    return () => abort.abort();
  }, [rest, up]);
  return descriptions;
}
