import { effect, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';
import { isNarrow } from '../narrow';
import type { Panel, Store } from '../state/store';
import { AlertList } from './AlertList';
import { Announcer } from './Announcer';
import { KeyDialog, ShortcutsDialog } from './Dialogs';
import { focusOn } from './focusOn';
import { Header } from './Header';
import { MapPane } from './MapPane';
import { PlaceCard } from './PlaceCard';
import { StationCard } from './StationCard';
import { StationTable } from './StationTable';
import { useLink } from './useLink';
import { useShortcuts } from './useShortcuts';

/** The whole page. On a narrow screen one of map, alerts and table is shown at a time. */
export function Screen() {
  const { store } = useApp();
  const words = messages.value;
  const help = useSignal(false);
  const onMove = useLink();
  useShortcuts(() => {
    help.value = true;
  });
  useEffect(() => effect(() => writeTitle(store)), [store]);
  return (
    <div class="screen" data-panel={store.panel.value} data-card={store.selected.value !== null || store.place.value !== null}>
      <button type="button" class="skip" onClick={() => focusOn('.alert-open[tabindex="0"], #alert-search')}>
        {words.app.skipToAlerts}
      </button>
      <button
        type="button"
        class="skip"
        onClick={() => {
          store.panel.value = 'table';
          focusOn('.table-head input');
        }}
      >
        {words.app.skipToTable}
      </button>
      <Header
        onHelp={() => {
          help.value = true;
        }}
      />
      <ViewSwitch />
      <main class="panes">
        <div class="stage">
          <MapPane onMove={onMove} />
          {store.panel.value === 'table' && <StationTable />}
          <StationCard />
          <PlaceCard />
        </div>
        <AlertList />
      </main>
      <Announcer />
      {store.keyWanted.value && <KeyDialog />}
      {help.value && (
        <ShortcutsDialog
          onClose={() => {
            help.value = false;
          }}
        />
      )}
    </div>
  );
}

/** The title of the page counts what waits, for the tab of a browser that shows something else. */
function writeTitle({ counts }: Store): void {
  const { firing, unacknowledged } = counts.value;
  const waiting = Math.max(firing, unacknowledged);
  const { titleCount, titleCalm } = messages.value.header;
  document.title = waiting > 0 ? titleCount(waiting) : titleCalm;
}

function ViewSwitch() {
  const { store } = useApp();
  const words = messages.value.app;
  const views: readonly (readonly [Panel, string])[] = [
    ['alerts', words.alerts],
    ['map', words.map],
    ['table', words.table],
  ];
  return (
    <nav class="views" aria-label={words.view}>
      {views.map(([panel, name]) => (
        <button
          key={panel}
          type="button"
          class={`view view-${panel}`}
          aria-pressed={store.panel.value === panel}
          data-testid={`view-${panel}`}
          onClick={() => {
            store.panel.value = panel;
            // There the card stands in the place of the list or the table.
            if (isNarrow() && panel !== 'map') store.selected.value = null;
          }}
        >
          {name}
        </button>
      ))}
    </nav>
  );
}
