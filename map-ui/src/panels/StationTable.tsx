import { useSignal } from '@preact/signals';
import { useApp } from '../app';
import { type Language, language, type Messages, messages } from '../i18n';
import { shortUnitPath, unitPath } from '../i18n/format';
import { matches } from '../state/search';
import { rank } from '../state/severity';
import { isStale } from '../state/stations';
import { glyphOf } from '../symbols/glyphs';
import type { StateRow, Station } from '../wire/types';
import { Ago } from './Ago';
import { StateSymbol } from './Symbol';
import { type Descriptions, useDescriptions } from './useDescriptions';
import { kindName, measureText, propertyName, stateName } from './wording';

const limit = 200;

/** The stations of the map as a table: the same things for the keyboard and for a reader who sees no map. */
export function StationTable() {
  const { store } = useApp();
  const words = messages.value;
  const query = useSignal('');
  const descriptions = useDescriptions();
  // Once a second is often enough to read.
  const now = store.now.value + store.connection.peek().skewMs;
  const rows = findRows(store.stations.rows.values(), query.value, descriptions, words, language.value);
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
          {words.table.showing(Math.min(limit, rows.length), rows.length)}
        </span>
      </div>
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
            {rows.slice(0, limit).map((row) => (
              <TableRow key={row.id} row={row} station={descriptions.get(row.id)} stale={isStale(row, now)} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p class="empty">{words.table.none}</p>}
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
  return (
    <tr data-testid="station-row" data-station={row.id} data-state={row.state} data-selected={selected}>
      <td>
        <span class="cell-state" data-severity={row.state} data-stale={stale}>
          <StateSymbol state={row.state} glyph={glyphOf(row.kind)} stale={stale} moving={row.moving} />
          {stateName(row, stale, words)}
        </span>
      </td>
      <th scope="row">
        <button type="button" class="link" aria-current={selected} onClick={() => app.open(row.id)}>
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

/** The rows that match, the worst first, then by name. */
function findRows(rows: Iterable<StateRow>, query: string, descriptions: Descriptions, words: Messages, language: Language): StateRow[] {
  const found = [...rows].filter((row) => {
    if (query === '') return true;
    const unit = descriptions.get(row.id)?.unit;
    return matches(query, [row.name, row.id, kindName(row.kind, words), row.unit, unit ? unitPath(unit, language) : null]);
  });
  const collator = new Intl.Collator('vi', { numeric: true });
  return found.sort((a, b) => rank(b.state) - rank(a.state) || collator.compare(a.name, b.name));
}
