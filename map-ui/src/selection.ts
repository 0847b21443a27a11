import { computed, effect } from '@preact/signals';
import { isCallError, type RestClient } from './rest/client';
import { isUp } from './state/connection';
import { applyDelta, forget } from './state/stations';
import type { Store } from './state/store';
import { decodeStationRow } from './wire/rest';

const askEveryMs = 5_000;

/** Keeps the selected station known while the stream does not tell of it, since it is well and out of sight; returns the way to end it. */
export function followSelection(store: Store, rest: RestClient): () => void {
  const up = computed(() => isUp(store.connection.value));
  return effect(() => {
    const id = store.selected.value;
    if (id === null || !up.value) return;
    const abort = new AbortController();
    const path = `/v1/stations/${id.split('/').map(encodeURIComponent).join('/')}`;
    const ask = () => {
      // What the service knows now is nothing of a past that is shown.
      if (store.replay.peek() !== null) return;
      const { known } = store.stations;
      if (known.view.has(id) || known.troubled.has(id)) return;
      rest.get(path, decodeStationRow, abort.signal).then(
        (row) => store.publishStations(applyDelta(store.stations, { rows: [row], removed: [] }, 'asked')),
        (error) => {
          // The card says that the station is not known.
          if (!isCallError(error) && !abort.signal.aborted) throw error;
        },
      );
    };
    ask();
    const timer = setInterval(ask, askEveryMs);
    return () => {
      abort.abort();
      clearInterval(timer);
      if (store.stations.known.asked.size > 0) store.publishStations(forget(store.stations, 'asked'));
    };
  });
}
