import type { Alert, Severity, UnitRef } from '../wire/types';
import { isInSight } from './alertChoice';
import { groupAlerts, sortAlerts } from './alertOrder';

/** What the wall shows one after the other. */
export const wallViews = ['map', 'alerts', 'worst', 'areas'] as const;
export type WallView = (typeof wallViews)[number];

export interface WallArea {
  readonly unit: UnitRef | null;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly total: number;
  readonly unacknowledged: number;
}

/** What the wall tells of the alerts; those that are shelved or silenced and those of targets are left out. */
export interface WallStory {
  /** Worst first. */
  readonly alerts: readonly Alert[];
  /** The worst that nobody has acknowledged and that has a place. */
  readonly worst: Alert | null;
  readonly areas: readonly WallArea[];
}

export function tellWall(all: Iterable<Alert>): WallStory {
  const alerts = sortAlerts([...all].filter(isInSight));
  const worst = alerts.find((alert) => !alert.acknowledged && alert.condition !== 'normal' && alert.lon !== null && alert.lat !== null);
  const areas = groupAlerts(alerts, 'area').map(({ unit, alerts: members, unacknowledged }) => {
    const counts = { minor: 0, moderate: 0, severe: 0, extreme: 0 };
    for (const { severity } of members) counts[severity] += 1;
    return { unit, counts, total: members.length, unacknowledged: unacknowledged.length };
  });
  return { alerts, worst: worst ?? null, areas };
}

/** The view after this one that has something to show; the map always has. */
export function nextView(view: WallView, { alerts, worst }: WallStory): WallView {
  const has: Readonly<Record<WallView, boolean>> = {
    map: true,
    alerts: alerts.length > 0,
    worst: worst !== null,
    areas: alerts.length > 0,
  };
  const begin = wallViews.indexOf(view);
  for (let step = 1; step <= wallViews.length; step += 1) {
    const next = wallViews[(begin + step) % wallViews.length];
    if (next !== undefined && has[next]) return next;
  }
  return 'map';
}
