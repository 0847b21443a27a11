import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type App, useApp } from '../app';
import { language } from '../i18n';
import { formatLink, parseLink, type View } from '../state/link';

/** Keeps the address of the page in step with what is shown, and the other way round; returns what takes the view of the map. */
export function useLink(): (view: View) => void {
  const app = useApp();
  const view = useRef<View | null>(parseLink(location.hash).view);
  useEffect(() => {
    const read = () => follow(app);
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

/** Show what the address says. */
function follow({ store, map }: App): void {
  const link = parseLink(location.hash);
  if (link.station !== null) store.selected.value = link.station;
  if (link.panel === 'table') store.panel.value = 'table';
  if (link.view) map.peek()?.goTo(link.view);
}

/** Let the address say what is shown. */
function write({ store }: App, view: View | null): void {
  const panel = store.panel.value === 'table' ? 'table' : 'map';
  const url = new URL(location.href);
  url.searchParams.set('lang', language.value);
  url.hash = formatLink({ view, station: store.selected.value, panel });
  history.replaceState(null, '', url);
}
