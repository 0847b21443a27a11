import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app';
import { language } from '../i18n';
import { formatLink, parseLink, type View } from '../state/link';

/** Keeps the address of the page in step with what is shown, and the other way round; returns what takes the view of the map. */
export function useLink(): (view: View) => void {
  const { store, map } = useApp();
  const view = useRef<View | null>(parseLink(location.hash).view);
  const write = () => {
    const panel = store.panel.peek() === 'table' ? 'table' : 'map';
    const hash = formatLink({ view: view.current, station: store.selected.peek(), panel });
    const url = new URL(location.href);
    url.searchParams.set('lang', language.peek());
    history.replaceState(null, '', `${url.pathname}${url.search}${hash}`);
  };
  useEffect(() => {
    const read = () => {
      const link = parseLink(location.hash);
      if (link.station !== null) store.selected.value = link.station;
      if (link.panel === 'table') store.panel.value = 'table';
      if (link.view && map.value) map.value.goTo(link.view);
    };
    read();
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  const { value: selected } = store.selected;
  const { value: panel } = store.panel;
  const { value: lang } = language;
  useEffect(write, [selected, panel, lang]);
  return (moved) => {
    view.current = moved;
    write();
  };
}
