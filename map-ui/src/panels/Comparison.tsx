import { signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useApp, zoneOf } from '../app';
import { language, messages } from '../i18n';
import { bucketOf, fetchBuckets } from '../rest/history';
import { fetchStationPage } from '../rest/stations';
import { matches } from '../state/search';
import { alignSeries, type SpanHours, toCsv } from '../state/series';
import type { Bucket, Station } from '../wire/types';
import { createComparisonChart, lineStyles } from './comparisonChart';
import { downloadCsv, downloadPng, fileName } from './download';
import { SpanSwitch } from './HistoryChart';
import { StagePane } from './StagePane';
import { type Asked, useAsked } from './useAsked';
import { propertyName } from './wording';

/** What is compared: a property of several stations of a kind. */
export const comparison = signal<{ readonly property: string; readonly kind: string; readonly stations: readonly string[] } | null>(null);

const hourMs = 3600_000;
const offered = 12;

/** One property of up to four stations over the same span. */
export function ComparisonPane() {
  const { store } = useApp();
  const words = messages.value;
  const hours = useSignal<SpanHours>(24);
  const all = useKind(comparison.value?.kind ?? null);
  const told = comparison.value;
  if (told === null) return null;
  const { property, stations } = told;
  const candidates = all.filter((station) => property in station.properties);
  const description = candidates.find(({ id }) => id === stations[0])?.properties[property];
  const nameOf = (id: string) => candidates.find((station) => station.id === id)?.name ?? store.stations.rows.get(id)?.name ?? id;
  const put = (next: readonly string[]) => {
    comparison.value = { ...told, stations: next };
  };
  const what = propertyName(property, description, language.value, words);
  return (
    <StagePane title={words.series.compareTitle(what)} testId="comparison">
      <div class="compare-tools">
        <SpanSwitch chosen={hours.value} onChoose={(next) => (hours.value = next)} />
        <ul class="compared">
          {stations.map((id, at) => (
            <li key={id}>
              <svg viewBox="0 0 24 8" class="compare-sample" data-line={at} aria-hidden="true">
                <path d="M0 4H24" stroke-dasharray={lineStyles[at]?.dash.join(' ')} />
              </svg>
              {nameOf(id)}
              <button
                type="button"
                class="tool tool-square"
                aria-label={words.series.compareRemove(nameOf(id))}
                onClick={() => put(stations.filter((other) => other !== id))}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
      </div>
      {stations.length < lineStyles.length ? (
        <Adder candidates={candidates.filter(({ id }) => !stations.includes(id))} onAdd={(id) => put([...stations, id])} />
      ) : (
        <p class="muted">{words.series.compareFull(lineStyles.length)}</p>
      )}
      {stations.length < 2 && <p class="empty">{words.series.comparePick}</p>}
      <Lines
        key={`${hours.value} ${stations.join(' ')}`}
        property={property}
        what={what}
        stations={stations}
        hours={hours.value}
        nameOf={nameOf}
      />
    </StagePane>
  );
}

/** Finds another station by its name. */
function Adder({ candidates, onAdd }: { readonly candidates: readonly Station[]; readonly onAdd: (id: string) => void }) {
  const words = messages.value.series;
  const query = useSignal('');
  const box = useRef<HTMLElement>(null);
  // The arrows go from the field through what was found, Enter in the field takes the first.
  const press = (event: KeyboardEvent) => {
    const stops = [...(box.current?.querySelectorAll<HTMLElement>('input, button') ?? [])];
    const at = stops.indexOf(event.target as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (next !== undefined && stops[next]) stops[next].focus();
    else if (event.key === 'Enter' && at === 0 && stops[1]) stops[1].click();
    else return;
    event.preventDefault();
  };
  const found =
    query.value === ''
      ? []
      : candidates.filter((station) => matches(query.value, [station.name, station.id, station.unit?.pathVi ?? null]));
  return (
    <search class="compare-add" ref={box} onKeyDown={press}>
      <input
        type="search"
        value={query.value}
        aria-label={words.compareAdd}
        placeholder={words.compareHint}
        data-testid="compare-search"
        onInput={(event) => {
          query.value = event.currentTarget.value;
        }}
      />
      <ul>
        {found.slice(0, offered).map((station) => (
          <li key={station.id}>
            <button
              type="button"
              class="tool"
              data-testid="compare-found"
              onClick={() => {
                query.value = '';
                onAdd(station.id);
              }}
            >
              + {station.name}
            </button>
          </li>
        ))}
      </ul>
    </search>
  );
}

interface LinesProps {
  readonly property: string;
  readonly what: string;
  readonly stations: readonly string[];
  readonly hours: SpanHours;
  readonly nameOf: (id: string) => string;
}

function Lines({ property, what, stations, hours, nameOf }: LinesProps) {
  const { store, formats, config } = useApp();
  const words = messages.value;
  const box = useRef<HTMLDivElement>(null);
  const { told: series, failure } = useMany(stations, property, hours * hourMs);
  const theme = store.theme.value;
  const timeZone = zoneOf(config.value);
  const isEmpty = series?.every((buckets) => buckets.length === 0) ?? false;
  useEffect(() => {
    if (box.current === null || series === null || isEmpty) return;
    return createComparisonChart(box.current, { timeZone, format: formats.value.number, columns: alignSeries(series), hours });
  }, [series, theme, timeZone, formats.value]);
  if (failure !== null && series === null) return <p class="empty">{words.station.historyFailed(failure)}</p>;
  if (series === null) return <p class="empty">{words.station.loading}</p>;
  if (isEmpty) return <p class="empty">{words.series.none}</p>;
  const file = fileName('ioc', property, ...stations);
  const csv = () => {
    const [times, ...columns] = alignSeries(series);
    downloadCsv(
      toCsv([
        ['time', ...stations],
        ...times.map((time, at) => [new Date(time).toISOString(), ...columns.map((column) => column[at] ?? null)]),
      ]),
      file,
    );
  };
  const png = () => {
    const canvas = box.current?.querySelector('canvas');
    if (canvas) downloadPng(canvas, [what, stations.map(nameOf).join(' · ')], file);
  };
  return (
    <>
      <div
        ref={box}
        class="chart chart-large"
        role="img"
        aria-label={`${words.series.compareTitle(what)}: ${stations.map(nameOf).join(', ')}`}
        data-testid="comparison-chart"
        data-lines={series.filter((buckets) => buckets.length > 0).length}
      />
      <div class="action-buttons">
        <button type="button" class="tool" data-testid="compare-csv" onClick={csv}>
          {words.series.csv}
        </button>
        <button type="button" class="tool" onClick={png}>
          {words.series.png}
        </button>
      </div>
    </>
  );
}

/** The stations of a kind; without them nothing can be added, what is compared stays. */
function useKind(kind: string | null): readonly Station[] {
  const { rest } = useApp();
  const { told } = useAsked(kind, (signal) => fetchStationPage(rest, { kind: kind ?? '' }, signal));
  return useMemo(() => told?.stations.map(({ station }) => station) ?? [], [told]);
}

/** The same span of several series up to the time that is shown, in buckets that begin at the same times. */
function useMany(stations: readonly string[], property: string, lengthMs: number): Asked<readonly (readonly Bucket[])[]> {
  const { rest, store } = useApp();
  const stretch = store.stretch.value;
  const subject = stretch === null ? null : [stretch, property, lengthMs, ...stations].join(' ');
  const ask = (signal: AbortSignal) => {
    const to = store.shown.peek();
    const span = { property, from: to - lengthMs, to, bucket: bucketOf(lengthMs) };
    return Promise.all(stations.map((station) => fetchBuckets(rest, { station, ...span }, signal)));
  };
  return useAsked(subject, ask);
}
