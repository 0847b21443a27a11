import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useApp, zoneOf } from '../app';
import { language, messages } from '../i18n';
import { fetchBuckets } from '../rest/history';
import { limitsOf } from '../state/limits';
import type { Alert } from '../wire/types';
import { createChart, type Mark } from './chart';
import { useAsked } from './useAsked';
import { useRules } from './useRules';
import { propertyName } from './wording';

const hourMs = 3600_000;
const gapMs = 15 * 60_000;
const longestMs = 31 * 24 * hourMs;

/** The time that tells how an alert came about and went: from before its beginning to now, or till after its end. */
export function spanAround(alert: Alert, now: number): [number, number] {
  const end = alert.clearedAt ?? now;
  const length = Math.min(longestMs, Math.max(hourMs, end - alert.startedAt));
  return [alert.startedAt - Math.max(hourMs / 2, length / 3), Math.min(now, end + Math.max(hourMs / 4, length / 6))];
}

/** The values of the alert's series around the crossing, with its limits, when it fired and when it was over. */
export function AlertChart({ alert }: { readonly alert: Alert }) {
  const { isStation, property } = alert;
  if (property === null || !isStation) return null;
  return <Around alert={alert} property={property} />;
}

function Around({ alert, property }: { readonly alert: Alert; readonly property: string }) {
  const { rest, store, formats, config } = useApp();
  const words = messages.value;
  const box = useRef<HTMLDivElement>(null);
  const stretch = store.stretch.value;
  const span = useMemo(() => spanAround(alert, store.shown.peek()), [alert.id, alert.version, alert.clearedAt, stretch]);
  const [from, to] = span;
  const subject = stretch === null ? null : [stretch, alert.id].join(' ');
  const ask = (signal: AbortSignal) => fetchBuckets(rest, { station: alert.station, property, from, to }, signal);
  const { told: values, failure } = useAsked(subject, ask, [from, to]);
  const { thresholds } = useRules();
  const row = store.stations.rows.get(alert.station);
  const limits = row ? limitsOf(thresholds, [alert], row, property) : ownLimit(alert);
  const limitKey = limits.map((limit) => `${limit.severity}${limit.value}`).join();
  const theme = store.theme.value;
  const timeZone = zoneOf(config.value);
  useEffect(() => {
    if (box.current === null || values === null || values.length === 0) return;
    const marks = marksOf(alert, words.desk);
    const chart = createChart(box.current, { timeZone, limits, gapMs, format: formats.value.number, span, marks });
    chart.setDay(values);
    return () => chart.destroy();
  }, [values, theme, timeZone, limitKey, formats.value, alert.version]);
  const name = propertyName(property, undefined, language.value, words);
  return (
    <section class="card-part" data-testid="alert-chart" data-points={values?.length ?? 0} aria-label={words.desk.chartHeading}>
      <h3>
        {words.desk.chartHeading} <span class="muted">{name}</span>
      </h3>
      {failure !== null && values === null && <p class="muted">{words.station.historyFailed(failure)}</p>}
      {values?.length === 0 && <p class="muted">{words.station.noHistory}</p>}
      {values && values.length > 0 && <div ref={box} class="chart" role="img" aria-label={`${words.desk.chartHeading}: ${name}`} />}
    </section>
  );
}

const ownLimit = ({ kind, severity, limit }: Alert) => (kind !== 'threshold' || limit === null ? [] : [{ severity, value: limit }]);

function marksOf(alert: Alert, words: { fired: string; cleared: string }): Mark[] {
  const marks: Mark[] = [];
  if (alert.firedAt !== null) marks.push({ time: alert.firedAt, label: words.fired, severity: alert.severity });
  if (alert.clearedAt !== null) marks.push({ time: alert.clearedAt, label: words.cleared, severity: null });
  return marks;
}
