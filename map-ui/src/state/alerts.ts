import type { Alert, AlertSnapshot, Severity, StateRow } from '../wire/types';
import { rank } from './severity';

/** The alerts that fire or wait for an acknowledgement. */
export interface AlertTable {
  readonly byId: ReadonlyMap<string, Alert>;
  /** Ids named so far by a snapshot whose last page has not come; null once the list is whole. */
  readonly seen: ReadonlySet<string> | null;
}

/** Before the first snapshot: nothing is known, which is not the same as no alerts. */
export const unknownAlerts: AlertTable = { byId: new Map(), seen: new Set() };

/** Whether an empty list means that there is no alert. */
export const isKnown = (table: AlertTable): boolean => table.seen === null || table.byId.size > 0;

/** An alert that is over and acknowledged leaves the list, and one that somebody closed. */
export const isOpen = (alert: Alert): boolean => alert.closedAt === null && (alert.condition !== 'normal' || !alert.acknowledged);

export const isCleared = (alert: Alert): boolean => alert.condition === 'normal';

/**
 * The value to show with an alert: the newest of the station, or the alert's own where that is not known (not yet, or no longer), and
 * where its limit is not one of the readings themselves, but of how fast they change or of their sum.
 */
export function valueNow(alert: Alert, row: StateRow | undefined): { readonly value: number | null; readonly isNewest: boolean } {
  const reading = alert.property === null || alert.kind !== 'threshold' ? undefined : row?.values[alert.property];
  const isNewest = reading !== undefined && reading.time >= alert.startedAt;
  return isNewest ? { value: reading.value, isNewest } : { value: alert.value, isNewest };
}

/** Whether the alert says that something does not work, in a property that is only 0 or 1. */
export const isOutage = ({ property, limit, direction }: Alert): boolean => property === 'up' && limit === 1 && direction === 'below';

/** Whether a value is beyond the limit; a recovering alert's is not. */
export function isBeyondLimit({ limit, direction }: Alert, value: number | null): boolean {
  if (value === null || limit === null) return false;
  return direction === 'above' ? value > limit : value < limit;
}

/** Take one alert, unless a newer version of it is known already (the answer to a command may overtake the stream). */
export function mergeAlert(table: AlertTable, alert: Alert): AlertTable {
  return mergeAlerts(table, [alert]);
}

/** Take many at once, in the order in which they came. */
export function mergeAlerts(table: AlertTable, alerts: readonly Alert[]): AlertTable {
  const byId = new Map(table.byId);
  for (const alert of alerts) merge(byId, alert);
  return { byId, seen: table.seen && new Set([...table.seen, ...alerts.map((alert) => alert.id)]) };
}

export function applyAlertSnapshot(table: AlertTable, page: AlertSnapshot): AlertTable {
  const byId = new Map(table.byId);
  const seen = new Set(page.page === 0 ? [] : table.seen);
  for (const alert of page.alerts) {
    merge(byId, alert);
    seen.add(alert.id);
  }
  if (!page.last) return { byId, seen };
  for (const id of byId.keys()) if (!seen.has(id)) byId.delete(id);
  return { byId, seen: null };
}

function merge(byId: Map<string, Alert>, alert: Alert): void {
  const known = byId.get(alert.id);
  if (known && known.version > alert.version) return;
  if (isOpen(alert)) byId.set(alert.id, alert);
  else byId.delete(alert.id);
}

export interface AlertCounts {
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly firing: number;
  readonly unacknowledged: number;
}

/** How many fire by severity, and how many wait for an acknowledgement (cleared ones among them). */
export function countAlerts(alerts: Iterable<Alert>): AlertCounts {
  const bySeverity = { minor: 0, moderate: 0, severe: 0, extreme: 0 };
  let firing = 0;
  let unacknowledged = 0;
  for (const alert of alerts) {
    if (!alert.acknowledged) unacknowledged += 1;
    if (isCleared(alert)) continue;
    firing += 1;
    bySeverity[alert.severity] += 1;
  }
  return { bySeverity, firing, unacknowledged };
}

/** What the map shows of a station's alerts: a ring, stronger while somebody has yet to see one. */
export interface StationAlarm {
  readonly severity: Severity;
  readonly unacknowledged: boolean;
}

/** The worst open alert of every station, unacknowledged ones before acknowledged ones. */
export function alarmsByStation(alerts: Iterable<Alert>): Map<string, StationAlarm> {
  const alarms = new Map<string, StationAlarm>();
  for (const alert of alerts) {
    const alarm = { severity: alert.severity, unacknowledged: !alert.acknowledged };
    const known = alarms.get(alert.station);
    if (!known || weight(alarm) > weight(known)) alarms.set(alert.station, alarm);
  }
  return alarms;
}

/** Unacknowledged alarms weigh more than any other, among equals the graver one. */
export const weight = (alarm: StationAlarm): number => rank(alarm.severity) + (alarm.unacknowledged ? 10 : 0);

/** The stations whose alarm is another than before, came or went. */
export function changedAlarms(before: ReadonlyMap<string, StationAlarm>, after: ReadonlyMap<string, StationAlarm>): string[] {
  const changed = [...before.keys()].filter((id) => !after.has(id));
  for (const [id, alarm] of after) {
    const known = before.get(id);
    if (known?.severity !== alarm.severity || known.unacknowledged !== alarm.unacknowledged) changed.push(id);
  }
  return changed;
}
