import { computed, effect } from '@preact/signals';
import type { App } from '../app';
import { isCallError } from '../rest/client';
import { isUp } from '../state/connection';
import { decodePlaces } from '../wire/cases';
import type { MapView } from './view';

const refreshMs = 60_000;

/** Keeps the open cases of the chosen kind on the map; what is shown stays while the service is away. Returns the way to end it. */
export function followCases({ rest, store }: App, view: MapView, container: HTMLElement): () => void {
  const up = computed(() => isUp(store.connection.value));
  let before = store.cases.peek();
  return effect(() => {
    const kind = store.cases.value;
    // Those of one kind must not stand there as another while the service is asked.
    if (kind !== before) {
      before = kind;
      view.showCases(null);
      store.casePlaces.value = null;
      store.casesListed.value = null;
      delete container.dataset.cases;
    }
    if (kind === null) return;
    // In another theme they are painted anew.
    void store.theme.value;
    if (!up.value) return;
    const abort = new AbortController();
    const ask = () => {
      if (document.hidden) return;
      rest.get(`/v1/cases/${encodeURIComponent(kind)}/places`, decodePlaces, abort.signal).then(
        (places) => {
          view.showCases(places);
          store.casePlaces.value = places;
          container.dataset.cases = String(places.length);
        },
        (error) => {
          if (!abort.signal.aborted && !isCallError(error)) throw error;
        },
      );
    };
    ask();
    const timer = setInterval(ask, refreshMs);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  });
}
