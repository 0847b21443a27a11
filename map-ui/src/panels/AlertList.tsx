import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app';
import { type Messages, messages } from '../i18n';
import { type AlertTable, isKnown } from '../state/alerts';
import { AlertFilter } from './AlertFilter';
import { AlertRow } from './AlertRow';

const pageSize = 100;

/** The alerts that fire or wait for an acknowledgement, worst first. New ones come in without taking the focus from where it is. */
export function AlertList() {
  const { store } = useApp();
  const words = messages.value.alerts;
  const list = useRef<HTMLUListElement>(null);
  const [limit, setLimit] = useState(pageSize);
  const [current, setCurrent] = useState<string | null>(null);
  const alerts = store.listedAlerts.value;
  const shown = alerts.slice(0, limit);
  const reachable = shown.find((alert) => alert.id === current)?.id ?? shown[0]?.id;
  useKeptFocus(list);

  return (
    <section class="alerts" id="alerts" data-testid="alerts" aria-label={words.heading}>
      <div class="alerts-head">
        <h2>{words.heading}</h2>
        <span class="muted" data-testid="alert-count">
          {words.showing(alerts.length, store.alerts.value.byId.size)}
        </span>
      </div>
      <AlertFilter />
      <ul ref={list} class="alert-rows" data-testid="alert-list" onKeyDown={(event) => moveFocus(event, list.current)}>
        {shown.map((alert) => (
          <AlertRow key={alert.id} alert={alert} reachable={alert.id === reachable} onFocus={() => setCurrent(alert.id)} />
        ))}
      </ul>
      {alerts.length === 0 && (
        <p class="empty" data-testid="alerts-empty">
          {emptyText(store.alerts.value, messages.value)}
        </p>
      )}
      {alerts.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + pageSize)}>
          {words.more(Math.min(pageSize, alerts.length - limit))}
        </button>
      )}
    </section>
  );
}

function emptyText(table: AlertTable, words: Messages): string {
  if (!isKnown(table)) return words.header.unknown;
  return table.byId.size === 0 ? words.alerts.none : words.alerts.noneMatch;
}

/** Arrow keys, Home and End go from row to row. */
function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  const at = rows.findIndex((row) => row.closest('li')?.contains(document.activeElement));
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  const row = target === undefined ? undefined : rows[target];
  if (row === undefined) return;
  event.preventDefault();
  row.focus();
}

/**
 * Moving a row in the document takes the focus from it: give it back after the rows have been sorted anew. Where the focused row has
 * left the list, the row that took its place gets it.
 */
function useKeptFocus(list: { current: HTMLElement | null }): void {
  const active = document.activeElement;
  const holder = list.current?.contains(active) && active instanceof HTMLElement ? active : null;
  const place = holder ? [...(list.current?.children ?? [])].findIndex((row) => row.contains(holder)) : -1;
  useLayoutEffect(() => {
    if (holder === null || document.activeElement === holder) return;
    if (holder.isConnected) {
      holder.focus({ preventScroll: true });
      return;
    }
    const rows = [...(list.current?.children ?? [])];
    const next = rows[Math.min(place, rows.length - 1)];
    next?.querySelector<HTMLElement>('[data-row]')?.focus({ preventScroll: true });
  });
}
