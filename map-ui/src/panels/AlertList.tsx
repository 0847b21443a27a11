import { useSignal } from '@preact/signals';
import { useApp } from '../app';
import { type Messages, messages } from '../i18n';
import { isKnown } from '../state/alerts';
import { closeCard } from '../state/choice';
import { isUp } from '../state/connection';
import type { Store } from '../state/store';
import { AlertFilter } from './AlertFilter';
import { AlertRows } from './AlertRows';
import { CallChoice, soundBlocked } from './Calls';
import { ClosedTools } from './ClosedTools';
import { BulkNotice } from './ConfirmMany';
import { NewsStrip } from './NewsStrip';

/** The alerts that fire or wait for an acknowledgement, as the operator wants to see them. */
export function AlertList() {
  const { store } = useApp();
  const words = messages.value.alerts;
  const alerts = store.desk.listedAlerts.value;
  const calls = useSignal(false);
  return (
    <section class="alerts" id="alerts" data-testid="alerts" aria-label={words.heading}>
      <div class="alerts-head">
        <h2>{words.heading}</h2>
        <span class="muted" data-testid="alert-count">
          {words.showing(alerts.length, store.desk.partCounts.value[store.desk.part.value])}
        </span>
      </div>
      <div class="alerts-tools">
        <PanelButton panel="handover" />
        <PanelButton panel="silences" />
        <button
          type="button"
          class="tool"
          aria-expanded={calls.value}
          data-testid="open-calls"
          onClick={() => {
            calls.value = !calls.value;
          }}
        >
          {messages.value.shift.calls}
        </button>
      </div>
      {calls.value && <CallChoice />}
      {soundBlocked.value && (
        <p class="strip strip-bad" role="status">
          {messages.value.shift.soundBlocked}
        </p>
      )}
      <AlertFilter />
      <NotLive />
      <NewsStrip />
      <BulkNotice />
      <ClosedTools />
      {alerts.length > 0 ? (
        <AlertRows />
      ) : (
        <p class="empty" data-testid="alerts-empty">
          {emptyText(store, messages.value)}
        </p>
      )}
    </section>
  );
}

/** Opens a pane in the place of the map, or closes it. */
function PanelButton({ panel }: { readonly panel: 'handover' | 'silences' }) {
  const { store } = useApp();
  const isOpen = store.panel.value === panel;
  return (
    <button
      type="button"
      class="tool"
      aria-pressed={isOpen}
      data-testid={`open-${panel}`}
      onClick={() => {
        store.panel.value = isOpen ? 'map' : panel;
        // Where both do not fit the card would lie over it.
        if (!isOpen) closeCard(store);
      }}
    >
      {messages.value.shift[panel]}
    </button>
  );
}

/** Says from when the list is while nothing comes in; on a phone the map, which says so too, is out of sight. */
function NotLive() {
  const { store, formats } = useApp();
  const connection = store.connection.value;
  if (isUp(connection) || connection.lastFrameAt === null) return null;
  return (
    <p class="strip strip-bad" data-testid="alerts-frozen">
      {messages.value.desk.notLive(`${formats.value.moment(connection.lastFrameAt, store.now.value)} ${formats.value.zone}`)}
    </p>
  );
}

function emptyText({ alerts, desk }: Store, words: Messages): string {
  const part = desk.part.value;
  if (!isKnown(alerts.value)) return words.header.unknown;
  if (desk.partCounts.value[part] > 0) return words.alerts.noneMatch;
  return part === 'open' ? words.alerts.none : words.alerts.nonePart;
}
