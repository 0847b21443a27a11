import { useEffect } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { fetchIndicators, fetchProperties } from '../rest/figures';
import { type Choropleth, countColumns, isIncomplete, parseChoropleth, type UnitFigure } from '../state/figures';
import type { UnitRefOnMap } from '../wire/place';
import { FigureLegend, figurePeriod } from './FigureLegend';
import { kindText } from './periodWords';
import { useAsked } from './useAsked';
import { propertyName } from './wording';

/** What the units are coloured by: an indicator, a count of the present, or the mean of a property; with its legend and its table. */
export function FiguresPanel() {
  const { store } = useApp();
  const words = messages.value.choropleth;
  const choice = store.choropleth.value;
  const shown = store.figures.value;
  return (
    <div class="figures" data-testid="figures">
      <Choices choice={choice} />
      {choice !== null && (shown === null || shown.choice !== choice) && shown?.table == null && <p class="empty">{words.loading}</p>}
      {shown?.why != null && <p class="empty">{words.failed(shown.why)}</p>}
      {shown?.table != null && (
        <>
          <FigureLegend />
          <FigureTable />
        </>
      )}
    </div>
  );
}

function Choices({ choice }: { readonly choice: Choropleth | null }) {
  const { store } = useApp();
  const words = messages.value.choropleth;
  const levels = store.levels.value;
  const shown = store.figures.value;
  const periods = shown?.table?.periods ?? [];
  const measure = choice?.measure;
  const kinds = measure?.kind === 'indicator' ? (store.indicators.value?.find(({ id }) => id === measure.id)?.periods ?? []) : [];
  const change = (part: Partial<Choropleth>) => {
    if (store.choropleth.value) store.choropleth.value = { ...store.choropleth.value, ...part };
  };
  return (
    <div class="figure-choices">
      <MeasureChoice choice={choice} />
      {choice !== null && levels.length > 1 && (
        <label>
          <span>{words.level}</span>
          <select
            value={choice.level ?? levels.at(-1)}
            data-testid="figure-level"
            onChange={(event) => change({ level: event.currentTarget.value })}
          >
            {levels.map((level) => (
              <option key={level} value={level}>
                {(words.levels as Readonly<Record<string, string>>)[level] ?? level}
              </option>
            ))}
          </select>
        </label>
      )}
      {kinds.length > 1 && (
        <label>
          <span>{words.kind}</span>
          <select
            value={shown?.kind ?? ''}
            data-testid="figure-kind"
            onChange={(event) => change({ kind: event.currentTarget.value, period: null })}
          >
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {kindText(kind, messages.value.figures)}
              </option>
            ))}
          </select>
        </label>
      )}
      {choice !== null && periods.length > 0 && (
        <label>
          <span>{words.period}</span>
          <select
            value={store.figures.value?.table?.period ?? ''}
            data-testid="figure-period"
            onChange={(event) => change({ period: event.currentTarget.value })}
          >
            {periods.map((period) => (
              <option key={period.label} value={period.label}>
                {figurePeriod(period, messages.value)}
                {period.running && ` (${words.running})`}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

function MeasureChoice({ choice }: { readonly choice: Choropleth | null }) {
  const { store } = useApp();
  const words = messages.value;
  const properties = useMeasures();
  const value = choice === null ? '' : `${choice.measure.kind}:${choice.measure.id}`;
  const choose = (told: string) => {
    const next = parseChoropleth(told);
    store.choropleth.value = next && { ...next, level: choice?.level ?? null };
  };
  return (
    <label>
      <span>{words.choropleth.measure}</span>
      <select value={value} data-testid="figure-measure" onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{words.choropleth.none}</option>
        <optgroup label={words.choropleth.counts}>
          {countColumns.map((column) => (
            <option key={column} value={`count:${column}`}>
              {words.choropleth[column]}
            </option>
          ))}
        </optgroup>
        <optgroup label={words.choropleth.properties}>
          {properties.map((property) => (
            <option key={property} value={`property:${property}`}>
              {propertyName(property, undefined, language.value, words)}
            </option>
          ))}
        </optgroup>
        <optgroup label={words.choropleth.indicators}>
          {(store.indicators.value ?? []).map((indicator) => (
            <option key={indicator.id} value={`indicator:${indicator.id}`}>
              {pick(indicator.title, language.value)}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}

/** The properties that stations have now; loads the indicators too. What cannot be had is not offered. */
function useMeasures(): readonly string[] {
  const { rest, store } = useApp();
  const { told: indicators } = useAsked('indicators', (signal) => fetchIndicators(rest, signal));
  useEffect(() => {
    if (indicators !== null) store.indicators.value = indicators;
  }, [indicators]);
  return useAsked('properties', (signal) => fetchProperties(rest, signal)).told ?? [];
}

/** The figures as a table, the highest first: for who sees no colours, and to go to a unit by the keyboard. */
function FigureTable() {
  const { store, formats } = useApp();
  const words = messages.value.choropleth;
  const { level, table } = store.figures.value ?? { level: '', table: null };
  if (table === null) return null;
  const rows = store.units.value
    .filter((unit) => unit.level === level)
    .map((unit) => ({ unit, figure: table.figures.get(unit.code) ?? { value: null, share: null, newest: null } }))
    .sort((a, b) => (b.figure.value ?? Number.NEGATIVE_INFINITY) - (a.figure.value ?? Number.NEGATIVE_INFINITY));
  if (rows.every(({ figure }) => figure.value === null)) return <p class="empty">{words.empty}</p>;
  return (
    <table class="figure-table">
      <thead>
        <tr>
          <th scope="col">{words.units}</th>
          <th scope="col">{words.value}</th>
          <th scope="col">{words.complete}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ unit, figure }) => (
          <Row key={unit.code} unit={unit} figure={figure} number={formats.value.number} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly unit: UnitRefOnMap;
  readonly figure: UnitFigure;
  readonly number: (value: number) => string;
}

function Row({ unit, figure, number }: RowProps) {
  const app = useApp();
  const selected = app.store.place.value?.code === unit.code;
  return (
    <tr data-selected={selected}>
      <th scope="row">
        <button type="button" class="link" aria-current={selected} onClick={() => app.openUnit(unit.code)}>
          {language.value === 'vi' ? unit.nameVi : unit.nameEn}
        </button>
      </th>
      <td>{figure.value === null ? '–' : number(figure.value)}</td>
      <td data-incomplete={isIncomplete(figure)}>{figure.share === null ? '–' : `${number(Math.floor(figure.share * 100))}%`}</td>
    </tr>
  );
}
