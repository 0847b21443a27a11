import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import { useApp, zoneOf } from '../app';
import { language, type Messages, messages } from '../i18n';
import type { Formats } from '../i18n/format';
import { bucketOf } from '../rest/history';
import { limitsOf } from '../state/limits';
import { completeness, type SpanHours, spanHours, summarise, toCsv } from '../state/series';
import type { Bucket, PropertyDescription, StateRow } from '../wire/types';
import { type Chart, createChart } from './chart';
import { downloadCsv, downloadPng, fileName } from './download';
import { useRules } from './useRules';
import { useSeries } from './useSeries';
import { meanText, measureText, propertyName } from './wording';

const hourMs = 3600_000;

interface Props {
  readonly row: StateRow;
  readonly property: string;
  readonly description: PropertyDescription | undefined;
  readonly onCompare: () => void;
}

/** One property over a span that the operator chooses, going on with the live values, with its limits as lines. */
export function HistoryChart({ row, property, description, onCompare }: Props) {
  const words = messages.value;
  const { formats } = useApp();
  const hours = useSignal<SpanHours>(24);
  const lengthMs = hours.value * hourMs;
  const { values, failure } = useSeries(row.id, property, lengthMs, row.values[property]);
  const name = propertyName(property, description, language.value, words);
  return (
    <div class="history" data-testid="history" data-points={values?.length ?? 0} data-hours={hours.value}>
      <h3>
        {name} <span class="muted">{spanText(values, hours.value, words, formats.value)}</span>
      </h3>
      <SpanSwitch chosen={hours.value} onChoose={(next) => (hours.value = next)} />
      {failure !== null && <p class="empty">{words.station.historyFailed(failure)}</p>}
      {failure === null && values === null && <p class="empty">{words.station.loading}</p>}
      {values?.length === 0 && <p class="empty">{words.series.none}</p>}
      {values && values.length > 0 && (
        <Plot
          key={hours.value}
          values={values}
          lengthMs={lengthMs}
          name={name}
          row={row}
          property={property}
          description={description}
          onCompare={onCompare}
        />
      )}
    </div>
  );
}

export function SpanSwitch({ chosen, onChoose }: { readonly chosen: SpanHours; readonly onChoose: (hours: SpanHours) => void }) {
  const words = messages.value.series;
  return (
    <fieldset class="switch spans">
      <legend class="hidden">{words.span}</legend>
      {spanHours.map((hours) => (
        <button key={hours} type="button" aria-pressed={hours === chosen} data-testid={`span-${hours}`} onClick={() => onChoose(hours)}>
          {words.spans[hours]}
        </button>
      ))}
    </fieldset>
  );
}

/** "Last 24 hours", how they are rolled up, and since when there are values where they do not reach that far back. */
function spanText(values: readonly Bucket[] | null, hours: SpanHours, words: Messages, formats: Formats): string {
  const first = values?.[0]?.time;
  const last = values?.at(-1)?.time;
  const parts = [words.series.spanPast[hours], bucketOf(hours * hourMs) === '1m' ? words.series.perMinute : words.series.perHour];
  const isShort = first !== undefined && last !== undefined && last - first < hours * hourMs * 0.95;
  if (isShort) parts.push(words.station.valuesSince(formats.moment(first, last)));
  return parts.join(' · ');
}

interface PlotProps extends Props {
  readonly values: readonly Bucket[];
  readonly lengthMs: number;
  readonly name: string;
}

function Plot({ values, lengthMs, name, row, property, description, onCompare }: PlotProps) {
  const { store, formats, config } = useApp();
  const words = messages.value;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const { thresholds } = useRules();
  const limits = limitsOf(thresholds, store.alerts.value.byId.values(), row, property);
  const limitKey = limits.map((limit) => `${limit.severity}${limit.value}`).join();
  const theme = store.theme.value;
  const timeZone = zoneOf(config.value);

  useEffect(() => {
    if (box.current === null) return;
    const gapMs = Math.max(gapOf(row), bucketOf(lengthMs) === '1h' ? 3 * hourMs : 0);
    const made = createChart(box.current, { timeZone, limits, gapMs, format: formats.value.number });
    made.setDay(values);
    chart.current = made;
    return () => made.destroy();
  }, [theme, timeZone, limitKey, formats.value]);
  useEffect(() => chart.current?.setDay(values), [values]);

  const summary = useMemo(() => summarise(values), [values]);
  if (summary === null) return null;
  const say = (value: number) => measureText(value, description, formats.value, words);
  const mean = meanText(summary.mean, description, formats.value);
  const shown = store.shown.peek();
  const share = completeness(values, [shown - lengthMs, shown], row.intervalS);
  const file = fileName('ioc', row.id, property);
  const png = () => {
    const canvas = box.current?.querySelector('canvas');
    const now = store.now.peek() + store.connection.peek().skewMs;
    const until = `${formats.value.clock(now)} ${formats.value.date(now)} ${formats.value.zone}`;
    if (canvas) downloadPng(canvas, [`${row.name} · ${name}`, until], file);
  };
  return (
    <>
      <div ref={box} class="chart" role="img" aria-label={words.station.chartSummary(name, say(summary.min), mean, say(summary.max))} />
      <dl class="chart-summary">
        <dt>{words.station.min}</dt>
        <dd>{say(summary.min)}</dd>
        <dt>{words.station.mean}</dt>
        <dd>{mean}</dd>
        <dt>{words.station.max}</dt>
        <dd>{say(summary.max)}</dd>
        {share !== null && (
          <>
            <dt>{words.series.complete}</dt>
            <dd data-testid="complete">{formats.value.quantity(Math.floor(share * 100), '%')}</dd>
          </>
        )}
      </dl>
      <div class="action-buttons chart-tools">
        <button type="button" class="tool" data-testid="chart-compare" onClick={onCompare}>
          {words.series.compare}
        </button>
        <button
          type="button"
          class="tool"
          data-testid="chart-csv"
          onClick={() => downloadCsv(csvOf(row, property, description, values), file)}
        >
          {words.series.csv}
        </button>
        <button type="button" class="tool" data-testid="chart-png" onClick={png}>
          {words.series.png}
        </button>
      </div>
    </>
  );
}

/** The shown values as a table: times in UTC, the unit of measure in a column of its own. */
export function csvOf(row: StateRow, property: string, description: PropertyDescription | undefined, values: readonly Bucket[]): string {
  const head = ['time', 'station', 'name', 'property', 'unit', 'n', 'mean', 'min', 'max'];
  const unit = description?.unit ?? null;
  return toCsv([
    head,
    ...values.map(({ time, n, mean, min, max }) => [new Date(time).toISOString(), row.id, row.name, property, unit, n, mean, min, max]),
  ]);
}

/** A silence that breaks the line: three missed reports, and three minutes at least, since the stored values are means of a minute. */
function gapOf({ intervalS }: StateRow): number {
  return intervalS === null ? 15 * 60_000 : Math.max(3 * 60_000, intervalS * 3000);
}
