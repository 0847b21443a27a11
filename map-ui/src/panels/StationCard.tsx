import { useComputed } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { formatSpan, unitPath } from '../i18n/format';
import { rank } from '../state/severity';
import { isStale } from '../state/stations';
import { glyphOf } from '../symbols/glyphs';
import type { Alert, StateRow, Station } from '../wire/types';
import { Ago } from './Ago';
import { CardTools } from './CardTools';
import { comparison } from './Comparison';
import { HistoryChart } from './HistoryChart';
import { OfTime } from './OfTime';
import { ReadingList } from './ReadingList';
import { StationAlerts } from './StationAlerts';
import { StateSymbol } from './Symbol';
import { useSheetFocus } from './useSheetFocus';
import { useStation } from './useStation';
import { kindName, stateName } from './wording';

/** The selected station: what it is, where, its values, its day and its open alerts. */
export function StationCard() {
  const { store } = useApp();
  const id = store.selected.value;
  const row = useComputed(() => {
    void store.stationsVersion.value;
    return store.selected.value === null ? undefined : store.stations.rows.get(store.selected.value);
  }).value;
  const station = useStation(id);
  useSheetFocus(id);
  // The card of an alert lies in the same place.
  if (id === null || store.desk.selectedAlert.value !== null) return null;
  const alerts = store.desk.sortedAlerts.value.filter((alert) => alert.station === id);
  return (
    <section class="card" aria-label={messages.value.station.card} data-testid="station-card" data-station={id}>
      <CardHead name={row?.name ?? station?.name ?? id} row={row} station={station} />
      <OfTime />
      {row ? <CardBody key={id} row={row} station={station} alerts={alerts} /> : <p class="empty">{messages.value.station.gone}</p>}
      <StationAlerts alerts={alerts} />
      {store.isPast.value && <p class="of-time of-now">{messages.value.time.cardNow}</p>}
    </section>
  );
}

interface HeadProps {
  readonly name: string;
  readonly row: StateRow | undefined;
  readonly station: Station | null;
}

function CardHead({ name, row, station }: HeadProps) {
  const { store } = useApp();
  const words = messages.value;
  const heading = useRef<HTMLHeadingElement>(null);
  const stale = row !== undefined && isStale(row, store.now.value + store.connection.value.skewMs);
  const unit = station?.unit ?? null;
  return (
    <header class="card-head">
      {row && <StateSymbol state={row.state} glyph={glyphOf(row.kind)} stale={stale} moving={row.moving} />}
      <div class="card-title">
        <h2 ref={heading}>{name}</h2>
        <p class="muted">{[row && kindName(row.kind, words), unit && unitPath(unit, language.value)].filter(Boolean).join(' · ')}</p>
        {row && (
          <p class="card-state" data-severity={row.state} data-stale={stale}>
            <b>{stateName(row, stale, words)}</b>
            {row.t !== null && (
              <span>
                <LastSeen row={row} time={row.t} />
              </span>
            )}
          </p>
        )}
      </div>
      <CardTools place={row} />
    </header>
  );
}

/** When it was heard, and how often it should be. */
function LastSeen({ row, time }: { readonly row: StateRow; readonly time: number }) {
  const words = messages.value;
  const { intervalS } = row;
  const rhythm =
    intervalS === null ? null : words.series.every(intervalS < 120 ? words.series.seconds(intervalS) : formatSpan(intervalS, words.age));
  return (
    <>
      <Ago time={time} />
      {rhythm && ` · ${rhythm}`}
    </>
  );
}

interface BodyProps {
  readonly row: StateRow;
  readonly station: Station | null;
  readonly alerts: readonly Alert[];
}

function CardBody({ row, station, alerts }: BodyProps) {
  const { store } = useApp();
  const words = messages.value.station;
  const [chosen, choose] = useState<string | null>(null);
  const properties = Object.keys(row.values);
  const [first, setFirst] = useState<string | null>(null);
  const property = chosen ?? first ?? null;
  useEffect(() => {
    if (first === null && properties.length > 0) setFirst(mostUrgent(row, alerts));
  });
  return (
    <>
      {row.lon === null && <p class="empty">{words.unplaced}</p>}
      {properties.length === 0 ? <p class="empty">{row.moving ? null : words.noValues}</p> : null}
      {row.moving && row.speed !== null && <Speed speed={row.speed} />}
      <ReadingList row={row} station={station} chosen={property} onChoose={choose} />
      {property !== null && row.values[property] !== undefined && (
        <HistoryChart
          key={`${row.id} ${property}`}
          row={row}
          property={property}
          description={station?.properties[property]}
          onCompare={() => {
            comparison.value = { property, kind: row.kind, stations: [row.id] };
            store.panel.value = 'compare';
          }}
        />
      )}
    </>
  );
}

function Speed({ speed }: { readonly speed: number }) {
  const { formats } = useApp();
  return <p class="card-speed">{messages.value.station.speed(formats.value.number(Math.round(speed)))}</p>;
}

/** The property that an operator most likely wants to see: one with an open alert, else the worst, else the first. */
function mostUrgent(row: StateRow, alerts: readonly Alert[]): string | null {
  const alarmed = alerts.find((alert) => alert.property !== null)?.property ?? null;
  if (alarmed !== null && row.values[alarmed] !== undefined) return alarmed;
  const severityOf = (property: string) => rank(row.values[property]?.severity ?? 'normal');
  return Object.keys(row.values).sort((a, b) => severityOf(b) - severityOf(a))[0] ?? null;
}
