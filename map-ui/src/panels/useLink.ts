import { batch, computed, effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type App, useApp } from '../app';
import { language } from '../i18n';
import { formatLink, parseLink, type View } from '../state/link';
import { isMap, parseRoute } from '../state/route';
import { formatScene, parseScene, placeOfLink, sceneOf } from '../state/sceneLink';

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
    const scene = computed(() => formatScene(sceneOf(app.store)));
    const stop = effect(() => write(app, view.current, scene.value));
    return () => {
      stop();
      removeEventListener('hashchange', read);
    };
  }, [app]);
  return (moved) => {
    view.current = moved;
    write(app, moved, formatScene(sceneOf(app.store)));
  };
}

/** Show what the address says of the map; returns the view that it asks for. */
function follow(app: App): View | null {
  const { store, map } = app;
  const link = parseLink(location.hash);
  batch(() => followScene(app));
  if (link.station !== null) store.selected.value = link.station;
  if (link.alert !== null) store.desk.selectedAlert.value = link.alert;
  if (link.panel !== 'map') store.panel.value = link.panel;
  if (link.view) map.peek()?.goTo(link.view);
  else if (link.station !== null) map.peek()?.reveal(link.station);
  return link.view;
}

/** Take over what a link tells; what it does not tell stays as it is. */
function followScene(app: App): void {
  const { store } = app;
  const scene = parseScene(location.hash);
  if (scene.layers.length > 0) store.layers.value = scene.layers;
  if (scene.choropleth) store.choropleth.value = scene.choropleth;
  if (scene.severities.length > 0) store.severities.value = new Set(scene.severities);
  if (scene.query !== '') store.query.value = scene.query;
  if (scene.place) app.openPlace(placeOfLink(scene.place));
  if (scene.drawing) {
    store.drawing.value = scene.drawing;
    store.tool.value = 'draw';
  }
  if (scene.replay && Math.floor((store.replay.peek()?.from ?? 0) / 1000) * 1000 !== scene.replay.from) {
    store.replaySpeed.value = scene.replay.speed;
    app.startReplay(scene.replay.from);
  }
}

/** Let the address say what is shown; a page of figures has an address of its own. */
function write({ store }: App, view: View | null, scene: string): void {
  // Beside the map on a wide screen; what is compared is not told by a link.
  const panel = store.panel.value === 'alerts' || store.panel.value === 'compare' ? 'map' : store.panel.value;
  const url = new URL(location.href);
  url.searchParams.set('lang', language.value);
  const link = formatLink({ view, station: store.selected.value, alert: store.desk.selectedAlert.value, panel });
  if (isMap(store.route.value)) url.hash = [link.replace('#', ''), scene].filter(Boolean).join('&');
  history.replaceState(null, '', url);
}
