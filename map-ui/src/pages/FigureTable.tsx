import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { Ago } from '../panels/Ago';
import { pageLink } from '../state/route';
import type { Figure, Indicator, Trends } from '../wire/figures';
import { Change } from './Change';
import { CompleteMark, TargetMark } from './Marks';
import { Trend } from './Trend';
import { decimalText, labelText, lacksParts, targetText, valueText } from './wording';

export interface FigureRow {
  readonly indicator: Indicator;
  /** Null where there is none in the period. */
  readonly figure: Figure | null;
}

interface Props {
  readonly caption: string;
  readonly rows: readonly FigureRow[];
  readonly trends: Trends | null;
  readonly periods: readonly string[];
  /** What the link to an indicator carries. */
  readonly query: Readonly<Record<string, string | null>>;
}

/** Figures with everything that says how far they can be trusted: target, trend, completeness, age and origin. */
export function FigureTable({ caption, rows, trends, periods, query }: Props) {
  const words = messages.value.figures;
  return (
    <table class="figures figures-wide">
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{words.indicator}</th>
          <th scope="col" class="right">
            {words.value}
          </th>
          <th scope="col">{words.target}</th>
          <th scope="col">{words.trend}</th>
          <th scope="col" class="right">
            {words.previous}
          </th>
          <th scope="col" class="right">
            {words.yearBefore}
          </th>
          <th scope="col">{words.complete}</th>
          <th scope="col">{words.newest}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ indicator, figure }) => (
          <Row
            key={indicator.id}
            indicator={indicator}
            figure={figure}
            trend={trends?.get(indicator.id) ?? null}
            periods={periods}
            query={query}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps extends FigureRow {
  readonly trend: readonly (number | null)[] | null;
  readonly periods: readonly string[];
  readonly query: Readonly<Record<string, string | null>>;
}

function Row({ indicator, figure, trend, periods, query }: RowProps) {
  const words = messages.value.figures;
  const title = pick(indicator.title, language.value);
  return (
    <tr data-testid="figure" data-indicator={indicator.id} data-status={figure?.status ?? undefined}>
      <th scope="row">
        <a href={pageLink(['indicators', indicator.id], query)}>{title}</a>
        {figure && <Origin figure={figure} indicator={indicator} />}
      </th>
      <td class="right figure-value" data-label={words.value}>
        {valueText(figure?.value ?? null, indicator, language.value)}
      </td>
      <td data-label={words.target}>
        {figure?.target ? (
          <>
            <TargetMark figure={figure} />
            <span class="muted target" title={figure.target.plan ?? undefined}>
              {targetText(figure.target, indicator, language.value, words)}
            </span>
          </>
        ) : (
          <span class="muted">–</span>
        )}
      </td>
      <td data-label={words.trend}>
        {trend ? (
          <Trend
            values={trend}
            target={figure?.target?.limit ?? null}
            label={words.trendOf(title, labelText(periods[0] ?? '', words), labelText(periods.at(-1) ?? '', words))}
          />
        ) : (
          <span class="muted">–</span>
        )}
      </td>
      <td class="right" data-label={words.previous}>
        <Change earlier={figure?.previous ?? null} indicator={indicator} running={figure?.running ?? false} />
      </td>
      <td class="right" data-label={words.yearBefore}>
        <Change earlier={figure?.yearBefore ?? null} indicator={indicator} running={figure?.running ?? false} />
      </td>
      <td data-label={words.complete}>{figure?.complete ? <CompleteMark {...figure.complete} /> : <span class="muted">–</span>}</td>
      <td class="muted" data-label={words.newest}>
        {figure?.newest ? <Ago time={figure.newest} now /> : '–'}
      </td>
    </tr>
  );
}

/** Of how many events a figure is, by which version of the definition, and when it was computed. */
function Origin({ figure, indicator }: { readonly figure: Figure; readonly indicator: Indicator }) {
  const { store, formats } = useApp();
  const words = messages.value.figures;
  const parts = [
    lacksParts(figure) ? words.partsKnown(String(figure.part), String(figure.of)) : null,
    figure.of === null || figure.part === null || figure.value === null || indicator.measure?.en !== '%'
      ? null
      : words.partOf(decimalText(figure.part, 0, language.value), decimalText(figure.of, 0, language.value)),
    words.origin(decimalText(figure.events, 0, language.value), figure.version ?? 1),
    figure.computedAt === null ? null : words.computedAt(formats.value.moment(figure.computedAt, store.now.peek())),
  ];
  return (
    <span class="origin" data-indicator={indicator.id}>
      {parts.filter((part) => part !== null).join(' · ')}
    </span>
  );
}
