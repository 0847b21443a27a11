import type { Alert, Severity, UnitRef } from '../wire/types';
import { isCleared } from './alerts';
import { rank } from './severity';

/** In which order alerts are listed, and what they are put together by. */
export const orders = ['severity', 'newest', 'oldest', 'place'] as const;
export type Order = (typeof orders)[number];
export const groupings = ['none', 'area', 'rule', 'area-rule'] as const;
export type Grouping = (typeof groupings)[number];

const startOf = (alert: Alert): number => alert.firedAt ?? alert.startedAt;
const byId = (a: Alert, b: Alert): number => (a.id < b.id ? -1 : 1);
const worstThenNewest = (a: Alert, b: Alert): number => rank(b.severity) - rank(a.severity) || startOf(b) - startOf(a) || byId(a, b);
const names = new Intl.Collator('vi', { numeric: true });

const comparisons: Readonly<Record<Order, (a: Alert, b: Alert) => number>> = {
  severity: worstThenNewest,
  newest: (a, b) => startOf(b) - startOf(a) || byId(a, b),
  oldest: (a, b) => startOf(a) - startOf(b) || byId(a, b),
  place: (a, b) => names.compare(placeOf(a), placeOf(b)) || worstThenNewest(a, b),
};

const placeOf = (alert: Alert): string => `${alert.unit?.pathVi ?? '\u{10ffff}'} ${alert.stationName}`;

/** Worst first, then newest, unless told otherwise. */
export function sortAlerts(alerts: Iterable<Alert>, order: Order = 'severity'): Alert[] {
  return [...alerts].sort(comparisons[order]);
}

/** Alerts that belong together: of a rule, of a unit, or of a rule in a unit. */
export interface AlertGroup {
  readonly key: string;
  /** Null where no unit is known. */
  readonly unit: UnitRef | null;
  /** An alert of the rule, for its title; null where the group is of a unit only. */
  readonly ofRule: Alert | null;
  readonly byArea: boolean;
  readonly alerts: readonly Alert[];
  readonly worst: Severity;
  readonly unacknowledged: readonly Alert[];
  readonly cleared: number;
}

/** One line of the list: the head of a group, or an alert. */
export type Entry =
  | { readonly kind: 'group'; readonly key: string; readonly group: AlertGroup; readonly open: boolean }
  | { readonly kind: 'alert'; readonly key: string; readonly alert: Alert; readonly group: string | null };

/** The groups of `sorted` alerts: the worst first, then the largest; within a group the order stays. */
export function groupAlerts(sorted: readonly Alert[], grouping: Exclude<Grouping, 'none'>): AlertGroup[] {
  const byArea = grouping !== 'rule';
  const byRule = grouping !== 'area';
  const found = new Map<string, Alert[]>();
  for (const alert of sorted) {
    const key = `${byArea ? (alert.unit?.code ?? '') : ''}|${byRule ? alert.rule : ''}`;
    const members = found.get(key);
    if (members) members.push(alert);
    else found.set(key, [alert]);
  }
  const groups = [...found].map(([key, alerts]) => groupOf(key, alerts, byArea, byRule));
  return groups.sort((a, b) => rank(b.worst) - rank(a.worst) || b.alerts.length - a.alerts.length || (a.key < b.key ? -1 : 1));
}

function groupOf(key: string, alerts: readonly Alert[], byArea: boolean, byRule: boolean): AlertGroup {
  const [first] = alerts;
  return {
    key,
    unit: byArea ? (first?.unit ?? null) : null,
    ofRule: byRule ? (first ?? null) : null,
    byArea,
    alerts,
    worst: alerts.reduce<Severity>((worst, alert) => (rank(alert.severity) > rank(worst) ? alert.severity : worst), 'minor'),
    unacknowledged: alerts.filter((alert) => !alert.acknowledged),
    cleared: alerts.filter(isCleared).length,
  };
}

/** The lines of the list; of a group that is not open only its head. */
export function entriesOf(sorted: readonly Alert[], grouping: Grouping, isGroupOpen: (key: string) => boolean): Entry[] {
  const line = (alert: Alert, group: string | null): Entry => ({ kind: 'alert', key: alert.id, alert, group });
  if (grouping === 'none') return sorted.map((alert) => line(alert, null));
  return groupAlerts(sorted, grouping).flatMap((group) => {
    const open = isGroupOpen(group.key);
    const head: Entry = { kind: 'group', key: `group ${group.key}`, group, open };
    return open ? [head, ...group.alerts.map((alert) => line(alert, group.key))] : [head];
  });
}
