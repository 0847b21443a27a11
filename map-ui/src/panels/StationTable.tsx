import { useSignal } from '@preact/signals';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { shortUnitPath } from '../i18n/format';
import { isStale } from '../state/stations';
import { glyphOf } from '../symbols/glyphs';
import type { StateRow, Station } from '../wire/types';
import { Ago } from './Ago';
import { OfTime } from './OfTime';
import { StateSymbol } from './Symbol';
import { pageSize, useStationPage } from './useStationPage';
import { kindName, measureText, propertyName, stateName } from './wording';

/** All stations as a table, the worst first: the things of the map for the keyboard, and for a reader who sees no map. */
export function StationTable() {
  const { store } = useApp();
  const words = messages.value;
  const query = useSignal('');
  const { told: page, failure } = useStationPage(query.value);
  // Once a second is often enough to read.
  const now = store.now.value + store.connection.peek().skewMs;
  return (
    <section class="table-pane" id="stations" aria-label={words.app.table} data-testid="station-table">
      <div class="table-head">
        <h2>{words.app.table}</h2>
        <input
          type="search"
          value={query.value}
          placeholder={words.table.searchHint}
          aria-label={words.table.search}
          data-testid="station-search"
          onInput={(event) => {
            query.value = event.currentTarget.value;
          }}
        />
        <span class="muted" data-testid="station-count">
          {page === null ? words.station.loading : words.table.showing(Math.min(pageSize, page.total), page.total)}
        </span>
      </div>
      <OfTime at={page?.at} />
      {failure !== null && <p class="table-note">{words.table.failed(failure)}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label={words.table.caption}>
        <table>
          <thead>
            <tr>
              {[words.table.state, words.table.name, words.table.kind, words.table.values, words.table.unit, words.table.age].map(
                (title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {page?.stations.map(({ row, station }) => {
              const newest = store.stations.rows.get(row.id) ?? row;
              return <TableRow key={row.id} row={newest} station={station} stale={isStale(newest, now)} />;
            })}
          </tbody>
        </table>
        {page?.total === 0 && <p class="empty">{words.table.none}</p>}
      </section>
    </section>
  );
}

interface RowProps {
  readonly row: StateRow;
  readonly station: Station | undefined;
  readonly stale: boolean;
}

function TableRow({ row, station, stale }: RowProps) {
  const app = useApp();
  const words = messages.value;
  const selected = app.store.selected.value === row.id;
  const { id, lon, lat } = row;
  const open = () => (lon === null || lat === null ? app.open(id) : app.open(id, { lon, lat }));
  return (
    <tr data-testid="station-row" data-station={row.id} data-state={row.state} data-selected={selected}>
      <td>
        <span class="cell-state" data-severity={row.state} data-stale={stale}>
          <StateSymbol state={row.state} glyph={glyphOf(row.kind)} stale={stale} moving={row.moving} />
          {stateName(row, stale, words)}
        </span>
      </td>
      <th scope="row">
        <button type="button" class="link" aria-current={selected} onClick={open}>
          {row.name}
        </button>
      </th>
      <td>{kindName(row.kind, words)}</td>
      <td class="cell-values">
        <Values row={row} station={station} />
      </td>
      <td>{station?.unit ? shortUnitPath(station.unit, language.value) : row.unit}</td>
      <td class="cell-age">{row.t === null ? words.age.never : <Ago time={row.t} />}</td>
    </tr>
  );
}

function Values({ row, station }: { readonly row: StateRow; readonly station: Station | undefined }) {
  const { formats } = useApp();
  const words = messages.value;
  if (row.moving && row.speed !== null) return <span>{words.station.speed(formats.value.number(Math.round(row.speed)))}</span>;
  return (
    <>
      {Object.entries(row.values).map(([property, reading]) => (
        <span key={property} class="cell-value" data-severity={reading.severity ?? 'normal'}>
          {propertyName(property, station?.properties[property], language.value, words)}{' '}
          <b>{measureText(reading.value, station?.properties[property], formats.value, words)}</b>
        </span>
      ))}
    </>
  );
}
