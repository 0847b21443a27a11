import { useEffect } from 'preact/hooks';
import { type App, useApp } from '../app';
import { closeCard, isCardOpen } from '../state/choice';
import { isMap } from '../state/route';
import { focusOn } from './focusOn';
import { lookNow } from './NewsStrip';
import { toggleWall, wall } from './wallMode';

/** The keys that work anywhere but in a text field or a dialog; `onHelp` shows them all. */
export function useShortcuts(onHelp: () => void): void {
  const app = useApp();
  useEffect(() => {
    const actions = actionsOf(app, onHelp);
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      const action = actions[event.key];
      // On a page the keys of the map would move what is not in sight.
      if (action === undefined || (event.key !== '?' && !isMap(app.store.route.value))) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [app]);
}

function actionsOf({ store, map }: App, onHelp: () => void): Readonly<Record<string, () => void>> {
  return {
    '?': onHelp,
    '0': () => map.value?.showAll(),
    '1': () => {
      if (store.panel.value === 'map') store.panel.value = 'alerts';
      focusOn('[data-row][tabindex="0"]');
    },
    '2': () => {
      store.panel.value = 'map';
      map.value?.focus();
    },
    '3': () => {
      store.panel.value = store.panel.value === 'table' ? 'map' : 'table';
      if (store.panel.value === 'table') focusOn('.table-head input');
    },
    '/': () => focusOn('#alert-search'),
    s: () => focusOn('#map-search'),
    v: () => lookNow(store),
    w: toggleWall,
    Escape: () => close(store),
  };
}

/** The topmost thing goes first: the card, then what lies over the map. */
function close(store: App['store']): void {
  if (wall.value) toggleWall();
  else if (isCardOpen(store)) closeCard(store);
  else if (store.drawing.value !== null) store.drawing.value = null;
  else if (store.tool.value !== null) store.tool.value = null;
  else if (store.panel.value !== 'alerts') store.panel.value = 'map';
}

function isBusy(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const writes = target.matches('input, textarea, select') && !(target instanceof HTMLInputElement && target.type === 'checkbox');
  return writes || target.closest('dialog') !== null;
}
