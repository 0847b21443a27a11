import type { Alert, AlertSnapshot, Severity, StateRow } from '../wire/types';
import { rank } from './severity';

/** The alerts that fire or wait for an acknowledgement. */
export interface AlertTable {
  readonly byId: ReadonlyMap<string, Alert>;
  /** Those that are known and not open any more, as they stand: what left last at the end. */
  readonly left: ReadonlyMap<string, Alert>;
  /** Ids named so far by a snapshot whose last page has not come; null once the list is whole. */
  readonly seen: ReadonlySet<string> | null;
}

/** Before the first snapshot: nothing is known, which is not the same as no alerts. */
export const unknownAlerts: AlertTable = { byId: new Map(), left: new Map(), seen: new Set() };

/** So many that are not open any more are kept. */
const mostLeft = 2000;

/** An alert, open or not, as far as it is known. */
export const alertOf = ({ byId, left }: AlertTable, id: string): Alert | undefined => byId.get(id) ?? left.get(id);

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
  const [byId, left] = [new Map(table.byId), new Map(table.left)];
  for (const alert of alerts) merge(byId, left, alert);
  return { byId, left, seen: table.seen && new Set([...table.seen, ...alerts.map((alert) => alert.id)]) };
}

export function applyAlertSnapshot(table: AlertTable, page: AlertSnapshot): AlertTable {
  const [byId, left] = [new Map(table.byId), new Map(table.left)];
  const seen = new Set(page.page === 0 ? [] : table.seen);
  for (const alert of page.alerts) {
    merge(byId, left, alert);
    seen.add(alert.id);
  }
  if (!page.last) return { byId, left, seen };
  for (const id of byId.keys()) if (!seen.has(id)) byId.delete(id);
  return { byId, left, seen: null };
}

function merge(byId: Map<string, Alert>, left: Map<string, Alert>, alert: Alert): void {
  const known = byId.get(alert.id) ?? left.get(alert.id);
  if (known && known.version > alert.version) return;
  const [into, outOf] = isOpen(alert) ? [byId, left] : [left, byId];
  outOf.delete(alert.id);
  // Among those that left, what changed last stands at the end.
  if (into === left) left.delete(alert.id);
  into.set(alert.id, alert);
  const eldest = left.keys().next().value;
  if (left.size > mostLeft && eldest !== undefined) left.delete(eldest);
}

export interface AlertCounts {
  readonly open: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** Those of `bySeverity` that are over and wait for an acknowledgement. */
  readonly overBySeverity: Readonly<Record<Severity, number>>;
  readonly unacknowledged: number;
}

/** How many there are by severity, how many of these are over, and how many wait for an acknowledgement. */
export function countAlerts(alerts: Iterable<Alert>): AlertCounts {
  const bySeverity = { minor: 0, moderate: 0, severe: 0, extreme: 0 };
  const overBySeverity = { ...bySeverity };
  let open = 0;
  let unacknowledged = 0;
  for (const alert of alerts) {
    open += 1;
    bySeverity[alert.severity] += 1;
    if (isCleared(alert)) overBySeverity[alert.severity] += 1;
    if (!alert.acknowledged) unacknowledged += 1;
  }
  return { open, bySeverity, overBySeverity, unacknowledged };
}

/** What the map shows of a station's alerts: a ring, stronger while somebody has yet to see one. */
export interface StationAlarm {
  readonly severity: Severity;
  readonly unacknowledged: boolean;
}

/** The worst open alert of every station, unacknowledged ones before acknowledged ones; what a silence hides calls for nobody. */
export function alarmsByStation(alerts: Iterable<Alert>): Map<string, StationAlarm> {
  const alarms = new Map<string, StationAlarm>();
  for (const alert of alerts) {
    const alarm = { severity: alert.severity, unacknowledged: !alert.acknowledged && alert.silencedBy.length === 0 };
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
