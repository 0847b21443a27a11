import { useApp } from '../app';
import { language, messages } from '../i18n';
import { limitsOf } from '../state/limits';
import type { Reading, StateRow, Station } from '../wire/types';
import { Ago } from './Ago';
import { Sparkline } from './Sparkline';
import { StateSymbol } from './Symbol';
import { useRules } from './useRules';
import { isSwitch, measureText, propertyName } from './wording';

interface Props {
  readonly row: StateRow;
  readonly station: Station | null;
  /** The property whose chart is shown below. */
  readonly chosen: string | null;
  readonly onChoose: (property: string) => void;
}

/** Every property with its newest value, its limits and its day in a small line; choosing one shows its chart. */
export function ReadingList({ row, station, chosen, onChoose }: Props) {
  const words = messages.value;
  const readings = Object.entries(row.values);
  if (readings.length === 0) return null;
  return (
    <ul class="readings" aria-label={words.station.values}>
      {readings.map(([property, reading]) => (
        <li key={property}>
          <button
            type="button"
            class="reading"
            data-testid="reading"
            data-property={property}
            aria-pressed={property === chosen}
            onClick={() => onChoose(property)}
          >
            <span class="reading-name">
              {propertyName(property, station?.properties[property], language.value, words)}
              <Limits row={row} property={property} station={station} />
            </span>
            <Sparkline station={row.id} property={property} description={station?.properties[property]} />
            <ReadingValue property={property} reading={reading} station={station} />
            <span class="reading-age">
              <Ago time={reading.time} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The limits of the rules that look at a property, the mildest first. */
function Limits({ row, property, station }: { readonly row: StateRow; readonly property: string; readonly station: Station | null }) {
  const { store, formats } = useApp();
  const words = messages.value;
  const { thresholds } = useRules();
  const limits = limitsOf(thresholds, store.alerts.value.byId.values(), row, property);
  // Of what is only yes or no the limit says nothing.
  if (limits.length === 0 || isSwitch(station?.properties[property])) return null;
  const told = [...new Set(limits.map(({ value }) => measureText(value, station?.properties[property], formats.value, words)))];
  return <span class="reading-limits">{words.series.limits(told.join(' · '))}</span>;
}

function ReadingValue({
  property,
  reading,
  station,
}: {
  readonly property: string;
  readonly reading: Reading;
  readonly station: Station | null;
}) {
  const { formats } = useApp();
  const words = messages.value;
  const { severity, value } = reading;
  return (
    <span class="reading-value" data-severity={severity ?? 'normal'}>
      {severity && (
        <>
          <StateSymbol state={severity} />
          <span class="hidden">{words.severity[severity]}</span>
        </>
      )}
      {measureText(value, station?.properties[property], formats.value, words)}
    </span>
  );
}
