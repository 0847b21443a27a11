import { computed, effect } from '@preact/signals';
import { isCallError, type RestClient } from './rest/client';
import { fetchFigures, fetchIndicators } from './rest/figures';
import { isUp } from './state/connection';
import { classBreaks, kindToShow } from './state/figures';
import { dayIn } from './state/localTime';
import type { Store } from './state/store';

const refreshMs = 30_000;
const monthsShown = 13;

/** Keeps the figures of the chosen choropleth up to date, those of periods by the clock of `zone`; returns the way to end it. */
export function followFigures(store: Store, rest: RestClient, zone: () => string): () => void {
  const up = computed(() => isUp(store.connection.value));
  return effect(() => {
    const choice = store.choropleth.value;
    const levels = store.levels.value;
    if (choice === null) {
      store.figures.value = null;
      return;
    }
    const level = choice.level ?? levels.at(-1);
    if (level === undefined || !up.value) return;
    const abort = new AbortController();
    const fail = (error: unknown) => {
      if (abort.signal.aborted) return;
      if (!isCallError(error)) throw error;
      const known = store.figures.peek();
      store.figures.value = {
        choice,
        level,
        kind: known?.kind ?? 'month',
        table: known?.choice === choice ? known.table : null,
        breaks: known?.breaks ?? [],
        why: error.message,
      };
    };
    const ask = async () => {
      const { measure, period } = choice;
      let kind = 'month';
      if (measure.kind === 'indicator') {
        if (store.indicators.peek() === null) store.indicators.value = await fetchIndicators(rest, abort.signal);
        const periods = store.indicators.peek()?.find(({ id }) => id === measure.id)?.periods ?? [];
        kind = kindToShow(periods, choice.kind);
      }
      const now = store.present.peek();
      const today = dayIn(now, zone());
      const wanted = { period, kind, since: sinceOf(kind, today), until: today, now };
      const table = await fetchFigures(rest, measure, level, wanted, store.parents.peek(), abort.signal);
      if (abort.signal.aborted) return;
      const values = store.units.peek().flatMap(({ code, level: own }) => (own === level ? (table.figures.get(code)?.value ?? []) : []));
      store.figures.value = { choice, level, kind, table, breaks: classBreaks(values), why: null };
    };
    void ask().catch(fail);
    const timer = setInterval(() => void ask().catch(fail), refreshMs);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  });
}

/** The first day of the periods to ask for: a year and a bit of months, fewer of shorter ones, ten of years. */
export function sinceOf(kind: string, today: string): string {
  const months = { day: 1, week: 3, month: monthsShown, quarter: 24, year: 120 }[kind] ?? monthsShown;
  const since = new Date(`${today.slice(0, 7)}-01T00:00:00Z`);
  since.setUTCMonth(since.getUTCMonth() - months);
  return since.toISOString().slice(0, 10);
}
