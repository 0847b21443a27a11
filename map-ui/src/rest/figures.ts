import type { Measure, PeriodOffered, UnitFigure } from '../state/figures';
import { countsOf, figuresOf, meansOf, periodsOf, periodToShow } from '../state/figures';
import { decodeFigures, decodeIndicators, type Indicator } from '../wire/figure';
import { list, record } from '../wire/guard';
import { decodeFeatures, type Feature } from '../wire/place';
import type { RestClient } from './client';

/** The figures of all units of a level, and the periods that there are. */
export interface FigureTable {
  readonly figures: ReadonlyMap<string, UnitFigure>;
  readonly period: string | null;
  readonly periods: readonly PeriodOffered[];
}

const most = 10_000;

export const fetchIndicators = (rest: RestClient, signal?: AbortSignal): Promise<Indicator[]> =>
  rest.get('/v1/indicators', decodeIndicators, signal);

/** The properties of which stations have newest values: every column of the live stations beside which stands its time. */
export function fetchProperties(rest: RestClient, signal?: AbortSignal): Promise<string[]> {
  return rest.get(
    '/ogc/collections/stations/queryables',
    (json) => {
      const names = Object.keys(record(record(json, 'queryables').properties, 'queryables.properties'));
      return names.filter((name) => names.includes(`${name}_time`));
    },
    signal,
  );
}

/** The figures of a measure; `since` and `until` are days in the first and the last period that is wanted, `parents` says which unit is above which. */
export async function fetchFigures(
  rest: RestClient,
  measure: Measure,
  level: string,
  wanted: { readonly period: string | null; readonly kind: string; readonly since: string; readonly until: string; readonly now: number },
  parents: ReadonlyMap<string, string | null>,
  signal: AbortSignal,
): Promise<FigureTable> {
  switch (measure.kind) {
    case 'indicator': {
      const query = new URLSearchParams({ level, period: wanted.kind, from: wanted.since, to: wanted.until });
      const all = await rest.get(`/v1/indicators/${encodeURIComponent(measure.id)}/values?${query}`, decodeFigures, signal);
      const period = periodToShow(all, wanted.period);
      return { figures: figuresOf(all, period), period, periods: periodsOf(all) };
    }
    case 'count': {
      const query = new URLSearchParams({ level, limit: String(most), properties: `code,${measure.id}` });
      const units = await rest.get(`/ogc/collections/units-now/items?${query}`, decodeFeatures, signal);
      return { figures: countsOf(units.features, measure.id), period: null, periods: [] };
    }
    case 'property': {
      const { id } = measure;
      const stations = await fetchAll(rest, `"${id}" IS NOT NULL`, `unit_code,interval_s,${id},${id}_time`, signal);
      return { figures: meansOf(stations, id, parents, wanted.now), period: null, periods: [] };
    }
  }
}

/** All live stations that a filter finds, page by page. */
async function fetchAll(rest: RestClient, filter: string, properties: string, signal: AbortSignal): Promise<Feature[]> {
  const found: Feature[] = [];
  let next: string | null = `/ogc/collections/stations/items?${new URLSearchParams({ filter, properties, limit: String(most) })}`;
  while (next !== null) {
    const page: { features: readonly Feature[]; next: string | null } = await rest.get(next, decodePage, signal);
    found.push(...page.features);
    next = page.next;
  }
  return found;
}

function decodePage(json: unknown): { features: readonly Feature[]; next: string | null } {
  const links = list(record(json, 'features').links ?? [], 'links').map((link) => record(link, 'link'));
  const href = links.find((link) => link.rel === 'next')?.href;
  const next = typeof href === 'string' ? new URL(href) : null;
  return { features: decodeFeatures(json).features, next: next && next.pathname + next.search };
}
