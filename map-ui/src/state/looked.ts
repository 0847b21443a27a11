import type { Alert } from '../wire/types';
import { isInSight } from './alertChoice';
import type { AlertTable } from './alerts';
import { rank } from './severity';

/** How the alerts stood when the operator last said to have looked. */
export interface Looked {
  readonly at: number;
  readonly alerts: ReadonlyMap<string, Seen>;
}

export interface Seen {
  readonly rank: number;
  readonly cleared: boolean;
  readonly acknowledged: boolean;
}

export type NewsKind = 'opened' | 'worsened' | 'cleared' | 'acknowledged';

/** What has changed since, by alert; `gone` counts those that are over and seen, or closed. */
export interface News {
  readonly kinds: ReadonlyMap<string, NewsKind>;
  readonly counts: Readonly<Record<NewsKind, number>>;
  readonly gone: number;
}

const seen = (alert: Alert): Seen => ({
  rank: rank(alert.severity),
  cleared: alert.condition === 'normal',
  acknowledged: alert.acknowledged,
});

export const lookAt = (table: AlertTable, at: number): Looked => ({
  at,
  alerts: new Map([...table.byId.values()].map((alert) => [alert.id, seen(alert)])),
});

/** What a look back finds; nothing while the alerts are not known as a whole. */
export function newsSince(looked: Looked | null, table: AlertTable): News {
  const kinds = new Map<string, NewsKind>();
  const counts = { opened: 0, worsened: 0, cleared: 0, acknowledged: 0 };
  if (looked === null || table.seen !== null) return { kinds, counts, gone: 0 };
  for (const alert of table.byId.values()) {
    // What is not listed is no news.
    if (!isInSight(alert)) continue;
    const kind = changeOf(looked.alerts.get(alert.id), seen(alert));
    if (kind === null) continue;
    kinds.set(alert.id, kind);
    counts[kind] += 1;
  }
  const gone = [...looked.alerts.keys()].filter((id) => !table.byId.has(id)).length;
  return { kinds, counts, gone };
}

/** The gravest of what happened to one alert. */
function changeOf(before: Seen | undefined, now: Seen): NewsKind | null {
  if (before === undefined) return 'opened';
  if (now.rank > before.rank) return 'worsened';
  if (now.cleared && !before.cleared) return 'cleared';
  return now.acknowledged && !before.acknowledged ? 'acknowledged' : null;
}

/** As it is kept in the browser; what is not readable is as if nobody had looked. */
export const formatLooked = ({ at, alerts }: Looked): string =>
  JSON.stringify([at, [...alerts].map(([id, { rank, cleared, acknowledged }]) => [id, rank, Number(cleared), Number(acknowledged)])]);

export function parseLooked(kept: string | null): Looked | null {
  try {
    const [at, rows] = JSON.parse(kept ?? '') as [number, [string, number, number, number][]];
    if (!Number.isFinite(at)) return null;
    return {
      at,
      alerts: new Map(
        rows.map(([id, rank, cleared, acknowledged]) => [id, { rank, cleared: cleared === 1, acknowledged: acknowledged === 1 }]),
      ),
    };
  } catch {
    return null;
  }
}
