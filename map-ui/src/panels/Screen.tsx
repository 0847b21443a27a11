import { effect, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';
import { isNarrow } from '../narrow';
import { PageFrame } from '../pages/PageFrame';
import { closeCard, isCardOpen } from '../state/choice';
import type { View } from '../state/link';
import { isMap } from '../state/route';
import type { Panel, Store } from '../state/store';
import { AlertCard } from './AlertCard';
import { AlertList } from './AlertList';
import { Announcer } from './Announcer';
import { Caller } from './Calls';
import { CasesCard } from './CasesCard';
import { ComparisonPane } from './Comparison';
import { ConfirmMany } from './ConfirmMany';
import { KeyDialog, ShortcutsDialog } from './Dialogs';
import { focusOn } from './focusOn';
import { HandoverPane } from './Handover';
import { Header } from './Header';
import { MapPane } from './MapPane';
import { Navigation } from './Navigation';
import { PlaceCard } from './PlaceCard';
import { followPrinting } from './printing';
import { SilencesPane } from './Silences';
import { StationCard } from './StationCard';
import { StationTable } from './StationTable';
import { useLink } from './useLink';
import { useShortcuts } from './useShortcuts';
import { Wall } from './Wall';
import { wall } from './wallMode';

/**
 * All that is seen. On a narrow screen one of map, alerts and table is shown at a time.
 * The map is started when it is first looked at, and stays beneath the pages as it was left.
 */
export function Screen() {
  const { store } = useApp();
  const help = useSignal(false);
  const onMove = useLink();
  const onMap = isMap(store.route.value);
  const mapWanted = useRef(onMap);
  mapWanted.current ||= onMap;
  useShortcuts(() => {
    help.value = true;
  });
  useEffect(() => effect(() => writeTitle(store)), [store]);
  useEffect(followPrinting, []);
  return (
    <div
      class="screen"
      data-on-map={onMap}
      data-panel={store.panel.value}
      data-wall={wall.value && onMap}
      data-past={store.isPast.value && onMap}
      data-card={isCardOpen(store)}
    >
      {onMap ? <MapSkips /> : <PageSkip />}
      <Header
        onHelp={() => {
          help.value = true;
        }}
      />
      <Navigation />
      {mapWanted.current && <Operations shown={onMap} onMove={onMove} />}
      {!onMap && <PageFrame />}
      {wall.value && onMap && <Wall />}
      <Announcer />
      <Caller />
      <ConfirmMany />
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

interface OperationsProps {
  readonly shown: boolean;
  readonly onMove: (view: View) => void;
}

/** The map with what belongs to it; `inert` while a page lies over it. */
function Operations({ shown, onMove }: OperationsProps) {
  const { store } = useApp();
  return (
    <>
      <ViewSwitch />
      <main class="panes" inert={!shown} aria-hidden={!shown || undefined}>
        <div class="stage">
          <MapPane onMove={onMove} />
          {store.panel.value === 'table' && <StationTable />}
          {store.panel.value === 'compare' && <ComparisonPane />}
          {store.panel.value === 'handover' && <HandoverPane />}
          {store.panel.value === 'silences' && <SilencesPane />}
          <StationCard />
          <PlaceCard />
          <CasesCard />
          <AlertCard />
        </div>
        <AlertList />
      </main>
    </>
  );
}

function MapSkips() {
  const { store } = useApp();
  const words = messages.value.app;
  return (
    <>
      <button type="button" class="skip" onClick={() => focusOn('[data-row][tabindex="0"], #alert-search')}>
        {words.skipToAlerts}
      </button>
      <button
        type="button"
        class="skip"
        onClick={() => {
          store.panel.value = 'table';
          focusOn('.table-head input');
        }}
      >
        {words.skipToTable}
      </button>
    </>
  );
}

function PageSkip() {
  return (
    <button type="button" class="skip" onClick={() => focusOn('#page')}>
      {messages.value.pages.skipToPage}
    </button>
  );
}

/** The title of the page counts what waits, for the tab of a browser that shows something else. */
function writeTitle({ counts, pageTitle, route }: Store): void {
  const waiting = counts.value.open;
  const { titleCount, titleCalm } = messages.value.header;
  const page = isMap(route.value) ? '' : pageTitle.value;
  if (page !== '') document.title = waiting > 0 ? `(${waiting}) ${page} · IOC` : `${page} · IOC`;
  else document.title = waiting > 0 ? titleCount(waiting) : titleCalm;
}

function ViewSwitch() {
  const { store } = useApp();
  const words = messages.value.app;
  const views: readonly (readonly [Panel, string])[] = [
    ['alerts', words.alerts],
    ['map', words.map],
    ['table', words.table],
  ];
  // A card on a narrow screen lies over the map, whatever it was opened from.
  const shown = isNarrow() && isCardOpen(store) ? 'map' : store.panel.value;
  return (
    <nav class="views" aria-label={words.view}>
      {views.map(([panel, name]) => (
        <button
          key={panel}
          type="button"
          class={`view view-${panel}`}
          aria-pressed={shown === panel}
          data-testid={`view-${panel}`}
          onClick={() => {
            store.panel.value = panel;
            // There the card stands in the place of the list or the table.
            if (isNarrow() && panel !== 'map') closeCard(store);
          }}
        >
          {name}
        </button>
      ))}
    </nav>
  );
}
