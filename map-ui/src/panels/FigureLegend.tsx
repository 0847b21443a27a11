import { useApp } from '../app';
import { language, type Messages, messages } from '../i18n';
import { type Formats, pick } from '../i18n/format';
import { incompleteBelow, type PeriodOffered } from '../state/figures';
import type { FiguresState } from '../state/store';
import type { Indicator } from '../wire/figure';
import { OfTime } from './OfTime';
import { labelText } from './periodWords';
import { propertyName } from './wording';

/** The title of what the map is coloured by, with its unit of measure and its period. */
export function figureTitle({ choice, table }: FiguresState, indicators: readonly Indicator[] | null, words: Messages): string {
  const { measure } = choice;
  const indicator = measure.kind === 'indicator' ? indicators?.find(({ id }) => id === measure.id) : undefined;
  const unit = indicator?.unitOfMeasure ? ` (${pick(indicator.unitOfMeasure, language.value)})` : '';
  const name = {
    indicator: () => (indicator ? pick(indicator.title, language.value) : measure.id),
    count: () => words.choropleth[measure.id as 'stations'],
    property: () => propertyName(measure.id, undefined, language.value, words),
  }[measure.kind]();
  const period = table?.periods.find(({ label }) => label === table.period);
  return `${name}${unit}${period ? ` · ${figurePeriod(period, words)}` : ''}`;
}

/** A period as people say it. */
export const figurePeriod = ({ label }: PeriodOffered, words: Messages): string => labelText(label, words.figures);

/** What the colours of the units mean. */
export function FigureLegend() {
  const { store, formats } = useApp();
  const shown = store.figures.value;
  const words = messages.value;
  if (shown === null) return null;
  const percent = formats.value.number(incompleteBelow * 100);
  return (
    <div class="figure-legend" data-testid="figure-legend">
      <h3>{figureTitle(shown, store.indicators.value, words)}</h3>
      <OfTime now />
      <ul>
        {shown.breaks.map((bound, at) => (
          <li key={bound}>
            <span class="figure-swatch" data-class={at} />
            {classText(shown.breaks, at, formats.value, words)}
          </li>
        ))}
        <li>
          <span class="figure-swatch" data-class="none" />
          {words.choropleth.noValue}
        </li>
        <li>
          <span class="figure-swatch" data-class="incomplete" />
          {words.choropleth.incomplete(`${percent}%`)}
        </li>
      </ul>
    </div>
  );
}

function classText(breaks: readonly number[], at: number, formats: Formats, words: Messages): string {
  const bound = formats.number(breaks[at] ?? 0);
  const below = breaks[at - 1];
  return below === undefined ? words.choropleth.upTo(bound) : `> ${formats.number(below)} – ${bound}`;
}
