import type { Figure } from '../wire/figure';
import type { Feature, UnitRefOnMap } from '../wire/place';

/** What a map of figures shows: an indicator, a count of the live state, or the mean of a property over the stations of a unit. */
export type Measure =
  | { readonly kind: 'indicator'; readonly id: string }
  | { readonly kind: 'count'; readonly id: CountColumn }
  | { readonly kind: 'property'; readonly id: string };

export const countColumns = ['alerts_open', 'alerts_extreme', 'alerts_severe', 'stations'] as const;
export type CountColumn = (typeof countColumns)[number];

/**
 * The choice of the operator: what, of the units of which level (null: the lowest), in which kind of period (null: month where there are
 * any) and in which of these (null: the newest that is over).
 */
export interface Choropleth {
  readonly measure: Measure;
  readonly level: string | null;
  readonly kind: string | null;
  readonly period: string | null;
}

export interface PeriodOffered {
  readonly label: string;
  /** Its first and its last day. */
  readonly begin: string;
  readonly end: string;
  readonly running: boolean;
}

/** What one unit shows. `share` is its completeness, 0 to 1; null where nobody says what should have come. */
export interface UnitFigure {
  readonly value: number | null;
  readonly share: number | null;
  readonly newest: number | null;
}

export const sameMeasure = (a: Measure, b: Measure): boolean => a.kind === b.kind && a.id === b.id;

/** The periods of figures, the newest first. */
export function periodsOf(figures: readonly Figure[]): PeriodOffered[] {
  const found = new Map(figures.map(({ period, begin, end, running }) => [period, { label: period, begin, end, running }]));
  return [...found.values()].sort((a, b) => (a.begin < b.begin ? 1 : -1));
}

/** The kind of period to show: the chosen one where there are figures of it, else months, else whatever there is. */
export function kindToShow(offered: readonly string[], chosen: string | null): string {
  if (chosen !== null && offered.includes(chosen)) return chosen;
  return offered.includes('month') ? 'month' : (offered[0] ?? 'month');
}

/** The period to show: the chosen one, else the newest that is over, else the newest. */
export function periodToShow(figures: readonly Figure[], chosen: string | null): string | null {
  const periods = periodsOf(figures);
  const found = periods.find(({ label }) => label === chosen) ?? periods.find(({ running }) => !running) ?? periods[0];
  return found?.label ?? null;
}

/** The figures of one period by code of unit. */
export function figuresOf(figures: readonly Figure[], period: string | null): Map<string, UnitFigure> {
  const found = new Map<string, UnitFigure>();
  for (const { code, period: own, value, complete, newest } of figures) {
    if (own !== period) continue;
    const share = complete === null || complete.expected === 0 ? null : Math.min(1, complete.reported / complete.expected);
    found.set(code, { value, share, newest });
  }
  return found;
}

/** A count of the live units, by code. */
export function countsOf(units: readonly Feature[], column: CountColumn): Map<string, UnitFigure> {
  return new Map(
    units.map(({ properties }) => [String(properties.code), { value: Number(properties[column] ?? 0), share: null, newest: null }]),
  );
}

/** The mean of a property over the stations of each unit and of all units below it; of those that have it, the share that is not stale. */
export function meansOf(
  stations: readonly Feature[],
  property: string,
  parents: ReadonlyMap<string, string | null>,
  now: number,
): Map<string, UnitFigure> {
  const sums = new Map<string, { sum: number; fresh: number; all: number; newest: number | null }>();
  for (const { properties } of stations) {
    const value = properties[property];
    if (typeof value !== 'number') continue;
    const at = Date.parse(String(properties[`${property}_time`]));
    const intervalMs = typeof properties.interval_s === 'number' ? properties.interval_s * 3000 : 900_000;
    const isFresh = now - at <= intervalMs;
    for (let code: string | null = String(properties.unit_code ?? ''); code; code = parents.get(code) ?? null) {
      const known = sums.get(code) ?? { sum: 0, fresh: 0, all: 0, newest: null };
      const newest = known.newest === null ? at : Math.max(known.newest, at);
      sums.set(code, { sum: known.sum + (isFresh ? value : 0), fresh: known.fresh + (isFresh ? 1 : 0), all: known.all + 1, newest });
    }
  }
  const figure = ({ sum, fresh, all, newest }: { sum: number; fresh: number; all: number; newest: number | null }): UnitFigure => ({
    value: fresh === 0 ? null : sum / fresh,
    share: fresh / all,
    newest,
  });
  return new Map([...sums].map(([code, told]) => [code, figure(told)]));
}

export const classCount = 5;

/**
 * The upper bounds of classes that hold about as many units each; fewer where there are fewer different values.
 *
 * Where most units have the same value, as 100 %, such classes would be one, and hide who is behind: they then hold about as many different values each.
 */
export function classBreaks(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const different = [...new Set(sorted)];
  if (different.length <= classCount) return different;
  const byUnits = evenBreaks(sorted);
  return byUnits.length < classCount ? evenBreaks(different) : byUnits;
}

/** The bounds of classes that hold about as many of `sorted` each. */
function evenBreaks(sorted: readonly number[]): number[] {
  const breaks = Array.from({ length: classCount }, (_, at) => {
    const place = Math.ceil(((at + 1) / classCount) * sorted.length) - 1;
    return sorted[place] ?? 0;
  });
  return [...new Set(breaks)];
}

/** The class of a value: the first whose bound it does not exceed. */
export function classOf(value: number, breaks: readonly number[]): number {
  const at = breaks.findIndex((bound) => value <= bound);
  return at < 0 ? breaks.length - 1 : at;
}

/** Below this share a figure is marked as incomplete. */
export const incompleteBelow = 0.8;

export const isIncomplete = ({ share }: UnitFigure): boolean => share !== null && share < incompleteBelow;

/** Read `indicator:dossiers-online-rate@commune@2025-W20@week`; null for anything else. */
export function parseChoropleth(value: string | null): Choropleth | null {
  const [what = '', level = '', period = '', of = ''] = (value ?? '').split('@');
  const at = what.indexOf(':');
  const [kind, id] = [what.slice(0, at), what.slice(at + 1)];
  const rest = { level: level || null, period: period || null, kind: of || null };
  if (id === '') return null;
  if (kind === 'indicator' || kind === 'property') return { measure: { kind, id }, ...rest };
  const column = countColumns.find((each) => each === id);
  return kind === 'count' && column ? { measure: { kind, id: column }, ...rest } : null;
}

export function formatChoropleth({ measure, level, period, kind }: Choropleth): string {
  return `${measure.kind}:${measure.id}@${level ?? ''}@${period ?? ''}@${kind ?? ''}`.replace(/@+$/, '');
}

/** The levels of units, the highest first: by how many units stand above them. */
export function levelsOf(units: readonly UnitRefOnMap[]): string[] {
  const byCode = new Map(units.map((unit) => [unit.code, unit]));
  const depths = new Map<string, number>();
  for (const unit of units) {
    if (depths.has(unit.level) || unit.level === '') continue;
    let depth = 0;
    for (let above = byCode.get(unit.parent ?? ''); above !== undefined && depth < 10; above = byCode.get(above.parent ?? '')) depth += 1;
    depths.set(unit.level, depth);
  }
  return [...depths].sort(([, a], [, b]) => a - b).map(([level]) => level);
}
