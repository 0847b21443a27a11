import type { StateDelta, StateRow, StateSnapshot } from '../wire/types';

/**
 * The live stations. Changed in place, because copying 50,000 rows twice a second would cost more than the change:
 * whoever draws them works from the returned changes.
 */
export interface StationTable {
  readonly rows: Map<string, StateRow>;
  /** Ids named so far by a snapshot whose last page has not come; null outside one. */
  seen: Set<string> | null;
}

export interface StationChanges {
  readonly upserts: readonly StateRow[];
  readonly removed: readonly string[];
}

export function emptyStations(): StationTable {
  return { rows: new Map(), seen: null };
}

/** Apply a page: rows are shown as they come, and what no page named goes away with the last one. */
export function applySnapshot(table: StationTable, page: StateSnapshot): StationChanges {
  if (page.page === 0 || table.seen === null) table.seen = new Set();
  put(table, page.rows);
  for (const id of page.removed) table.seen.delete(id);
  if (!page.last) return { upserts: page.rows, removed: [] };
  const removed = [...table.rows.keys()].filter((id) => !table.seen?.has(id));
  for (const id of removed) table.rows.delete(id);
  table.seen = null;
  return { upserts: page.rows, removed };
}

export function applyDelta(table: StationTable, delta: StateDelta): StationChanges {
  put(table, delta.rows);
  for (const id of delta.removed) {
    table.rows.delete(id);
    table.seen?.delete(id);
  }
  return { upserts: delta.rows, removed: delta.removed };
}

function put(table: StationTable, rows: readonly StateRow[]): void {
  for (const row of rows) {
    table.rows.set(row.id, row);
    table.seen?.add(row.id);
  }
}

const unknownIntervalStaleMs = 15 * 60_000;

/** A station is stale after three missed reports, or 15 minutes where its rhythm is unknown; also before its first report. */
export function isStale(row: StateRow, now: number): boolean {
  if (row.t === null) return true;
  const allowed = row.intervalS === null ? unknownIntervalStaleMs : row.intervalS * 3000;
  return now - row.t > allowed;
}

const soonestOldMs = 2 * 60_000;

/** From which age on the newest data are old: when three reports of the station that reports most often are missing, two minutes at least. */
export function oldAfter(rows: Iterable<StateRow>): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const { intervalS } of rows) if (intervalS !== null && intervalS < shortest) shortest = intervalS;
  return Number.isFinite(shortest) ? Math.max(soonestOldMs, shortest * 3000) : unknownIntervalStaleMs;
}
