import { batch, effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type App, useApp } from '../app';
import { language } from '../i18n';
import { formatLink, parseLink, type View } from '../state/link';
import { isMap, parseRoute } from '../state/route';

/** Keeps the address of the page in step with what is shown, and the other way round; returns what takes the view of the map. */
export function useLink(): (view: View) => void {
  const app = useApp();
  const view = useRef<View | null>(parseLink(location.hash).view);
  useEffect(() => {
    const read = () => {
      // At once, so that what the address says is not written over by what was shown before.
      batch(() => {
        const route = parseRoute(location.hash);
        if (isMap(route)) view.current = follow(app) ?? view.current;
        app.store.route.value = route;
      });
    };
    read();
    addEventListener('hashchange', read);
    // At once with every change, so that a reload never finds an older address.
    const stop = effect(() => write(app, view.current));
    return () => {
      stop();
      removeEventListener('hashchange', read);
    };
  }, [app]);
  return (moved) => {
    view.current = moved;
    write(app, moved);
  };
}

/** Show what the address says of the map; returns the view that it asks for. */
function follow({ store, map }: App): View | null {
  const link = parseLink(location.hash);
  if (link.station !== null) store.selected.value = link.station;
  if (link.alert !== null) store.desk.selectedAlert.value = link.alert;
  if (link.panel !== 'map') store.panel.value = link.panel;
  if (link.view) map.peek()?.goTo(link.view);
  return link.view;
}

/** Let the address say what is shown; a page of figures has an address of its own. */
function write({ store }: App, view: View | null): void {
  // Beside the map on a wide screen; what is compared is not told by a link.
  const panel = store.panel.value === 'alerts' || store.panel.value === 'compare' ? 'map' : store.panel.value;
  const url = new URL(location.href);
  url.searchParams.set('lang', language.value);
  const link = formatLink({ view, station: store.selected.value, alert: store.desk.selectedAlert.value, panel });
  if (isMap(store.route.value)) url.hash = link;
  history.replaceState(null, '', url);
}
