import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import { useApp } from '../app';
import { language, type Messages, messages } from '../i18n';
import type { Formats } from '../i18n/format';
import { RestError } from '../rest/client';
import { fetchDay } from '../rest/history';
import { isUp } from '../state/connection';
import { limitsOf } from '../state/limits';
import type { Bucket, PropertyDescription, StateRow } from '../wire/types';
import { type Chart, createChart } from './chart';
import { useRules } from './useRules';
import { meanText, measureText, propertyName } from './wording';

const almostADayMs = 23 * 3600_000;

interface Props {
  readonly row: StateRow;
  readonly property: string;
  readonly description: PropertyDescription | undefined;
}

/** The last 24 hours of one property, going on with the live values, with its limits as lines. */
export function HistoryChart({ row, property, description }: Props) {
  const words = messages.value;
  const { formats } = useApp();
  const { day, failure } = useDay(row, property);
  const name = propertyName(property, description, language.value, words);
  return (
    <div class="history" data-testid="history" data-points={day?.length ?? 0}>
      <h3>
        {name} <span class="muted">{spanText(day, words, formats.value)}</span>
      </h3>
      {failure !== null && <p class="empty">{words.station.historyFailed(failure)}</p>}
      {failure === null && day === null && <p class="empty">{words.station.loading}</p>}
      {day?.length === 0 && <p class="empty">{words.station.noHistory}</p>}
      {day && day.length > 0 && <Plot day={day} name={name} row={row} property={property} description={description} />}
    </div>
  );
}

/** "Last 24 hours", and since when there are values where they do not reach that far back. */
function spanText(day: readonly Bucket[] | null, words: Messages, formats: Formats): string {
  const first = day?.[0]?.time;
  const last = day?.at(-1)?.time;
  if (first === undefined || last === undefined || last - first > almostADayMs) return words.station.day;
  return `${words.station.day} · ${words.station.valuesSince(formats.moment(first, last))}`;
}

function Plot({ day, name, row, property, description }: Props & { readonly day: readonly Bucket[]; readonly name: string }) {
  const { store, formats, config } = useApp();
  const words = messages.value;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const rules = useRules();
  const limits = limitsOf(rules, store.alerts.value.byId.values(), row, property);
  const limitKey = limits.map((limit) => `${limit.severity}${limit.value}`).join();
  const theme = store.theme.value;
  const timeZone = config.value?.timeZone ?? 'Asia/Ho_Chi_Minh';

  useEffect(() => {
    if (box.current === null) return;
    const made = createChart(box.current, { timeZone, limits, gapMs: gapOf(row), format: formats.value.number });
    made.setDay(day);
    chart.current = made;
    return () => made.destroy();
  }, [theme, timeZone, limitKey, formats.value]);
  useEffect(() => chart.current?.setDay(day), [day]);

  const { min, mean, max } = useMemo(() => summarise(day), [day]);
  const say = (value: number) => measureText(value, description, formats.value, words);
  return (
    <>
      <div
        ref={box}
        class="chart"
        role="img"
        aria-label={words.station.chartSummary(name, say(min), meanText(mean, description, formats.value), say(max))}
      />
      <dl class="chart-summary">
        <dt>{words.station.min}</dt>
        <dd>{say(min)}</dd>
        <dt>{words.station.mean}</dt>
        <dd>{meanText(mean, description, formats.value)}</dd>
        <dt>{words.station.max}</dt>
        <dd>{say(max)}</dd>
      </dl>
    </>
  );
}

/** A silence that breaks the line: three missed reports, and three minutes at least, since the stored values are means of a minute. */
function gapOf({ intervalS }: StateRow): number {
  return intervalS === null ? 15 * 60_000 : Math.max(3 * 60_000, intervalS * 3000);
}

interface Day {
  /** Null while it is under way. */
  readonly day: readonly Bucket[] | null;
  readonly failure: string | null;
}

/** The stored day, asked for again when the connection is back, and the values that the stream adds to it. */
function useDay(row: StateRow, property: string): Day {
  const { rest, store } = useApp();
  const [stored, setStored] = useState<readonly Bucket[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const up = isUp(store.connection.value);
  const { id } = row;
  useEffect(() => {
    const abort = new AbortController();
    const now = store.now.peek() + store.connection.peek().skewMs;
    fetchDay(rest, id, property, now, abort.signal).then(
      (day) => {
        setStored((known) => mergeDay(day, known ?? []));
        setFailure(null);
      },
      (error: Error) => {
        if (!abort.signal.aborted) setFailure(error instanceof RestError ? error.message : String(error));
      },
    );
    return () => abort.abort();
  }, [rest, store, id, property, up]);

  const live = row.values[property];
  useEffect(() => {
    if (live) setStored((known) => known && mergeDay(known, [{ time: live.time, mean: live.value, min: live.value, max: live.value }]));
  }, [live]);
  return { day: stored, failure: stored === null ? failure : null };
}

/** `day` followed by what is newer than its end. */
function mergeDay(day: readonly Bucket[], newer: readonly Bucket[]): readonly Bucket[] {
  const end = day.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
  const added = newer.filter((bucket) => bucket.time > end);
  return added.length === 0 ? day : [...day, ...added];
}

function summarise(day: readonly Bucket[]): { min: number; mean: number; max: number } {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const bucket of day) {
    min = Math.min(min, bucket.min);
    max = Math.max(max, bucket.max);
    sum += bucket.mean;
  }
  return { min, mean: sum / day.length, max };
}
