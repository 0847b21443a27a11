import { computed, effect } from '@preact/signals';
import { isCallError, type RestClient } from './rest/client';
import { fetchStationRow } from './rest/stations';
import { isUp } from './state/connection';
import { applyDelta, forget } from './state/stations';
import type { Store } from './state/store';

const askEveryMs = 5_000;

/** Keeps the selected station known while the stream does not tell of it, since it is well and out of sight; returns the way to end it. */
export function followSelection(store: Store, rest: RestClient): () => void {
  const up = computed(() => isUp(store.connection.value));
  return effect(() => {
    const id = store.selected.value;
    // Another one is about another time: what was told of it goes.
    const stretch = store.stretch.value;
    if (id === null || stretch === null || !up.value) return;
    const abort = new AbortController();
    const ask = () => {
      const { known } = store.stations;
      if (known.view.has(id) || known.troubled.has(id)) return;
      fetchStationRow(rest, id, store.momentPast(), abort.signal).then(
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
