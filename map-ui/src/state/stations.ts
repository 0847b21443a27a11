import type { StateDelta, StateRow, StateSnapshot } from '../wire/types';

/** Why a station is known: it lies in the view, something is wrong with it wherever it lies, or somebody asked for it. */
export const origins = ['view', 'troubled', 'asked'] as const;
export type Origin = (typeof origins)[number];

/**
 * The live stations. Changed in place, because copying thousands of rows twice a second would cost more than the change:
 * whoever draws them works from the returned changes.
 */
export interface StationTable {
  readonly rows: Map<string, StateRow>;
  /** The ids of each origin; a station leaves `rows` with the last of its origins. */
  readonly known: Readonly<Record<Origin, Set<string>>>;
  /** Ids named so far by a snapshot whose last page has not come; null outside one. */
  readonly seen: Record<Origin, Set<string> | null>;
}

export interface StationChanges {
  readonly upserts: readonly StateRow[];
  readonly removed: readonly string[];
}

export function emptyStations(): StationTable {
  return {
    rows: new Map(),
    known: { view: new Set(), troubled: new Set(), asked: new Set() },
    seen: { view: null, troubled: null, asked: null },
  };
}

/** Apply a page: rows are shown as they come, and what no page named goes away with the last one. */
export function applySnapshot(table: StationTable, page: StateSnapshot, origin: Origin = 'view'): StationChanges {
  const seen = page.page === 0 ? new Set<string>() : (table.seen[origin] ?? new Set());
  table.seen[origin] = seen;
  put(table, page.rows, origin);
  for (const id of page.removed) seen.delete(id);
  if (!page.last) return { upserts: page.rows, removed: [] };
  table.seen[origin] = null;
  return {
    upserts: page.rows,
    removed: drop(
      table,
      [...table.known[origin]].filter((id) => !seen.has(id)),
      origin,
    ),
  };
}

export function applyDelta(table: StationTable, delta: Pick<StateDelta, 'rows' | 'removed'>, origin: Origin = 'view'): StationChanges {
  put(table, delta.rows, origin);
  for (const id of delta.removed) table.seen[origin]?.delete(id);
  return { upserts: delta.rows, removed: drop(table, delta.removed, origin) };
}

/** Forget all that is known for one reason: the view shows cells now, or nobody asks any more. */
export function forget(table: StationTable, origin: Origin): StationChanges {
  table.seen[origin] = null;
  return { upserts: [], removed: drop(table, [...table.known[origin]], origin) };
}

function put(table: StationTable, rows: readonly StateRow[], origin: Origin): void {
  for (const row of rows) {
    table.rows.set(row.id, row);
    table.known[origin].add(row.id);
    table.seen[origin]?.add(row.id);
  }
}

/** Returns those that are known for no other reason either. */
function drop(table: StationTable, ids: readonly string[], origin: Origin): string[] {
  const gone: string[] = [];
  for (const id of ids) {
    table.known[origin].delete(id);
    if (origins.every((other) => !table.known[other].has(id)) && table.rows.delete(id)) gone.push(id);
  }
  return gone;
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
