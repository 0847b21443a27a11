import { useApp } from '../app';
import { language, messages } from '../i18n';
import type { Reading, StateRow, Station } from '../wire/types';
import { Ago } from './Ago';
import { StateSymbol } from './Symbol';
import { measureText, propertyName } from './wording';

interface Props {
  readonly row: StateRow;
  readonly station: Station | null;
  /** The property whose day is shown below. */
  readonly chosen: string | null;
  readonly onChoose: (property: string) => void;
}

/** Every property with its newest value; choosing one shows its day. */
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
            <span class="reading-name">{propertyName(property, station?.properties[property], language.value, words)}</span>
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
