import { useApp } from '../app';
import { messages } from '../i18n';
import { sparkPath, summarise } from '../state/series';
import type { PropertyDescription } from '../wire/types';
import { useSeries } from './useSeries';
import { measureText } from './wording';

const dayMs = 24 * 3600_000;
const stepMs = 3600_000;
const [width, height] = [64, 18];

/** The last day of a series in a small line, without axes. */
export function Sparkline({
  station,
  property,
  description,
}: {
  readonly station: string;
  readonly property: string;
  readonly description: PropertyDescription | undefined;
}) {
  const { formats } = useApp();
  const words = messages.value;
  const { values } = useSeries(station, property, dayMs, undefined, '1h');
  const summary = values && summarise(values);
  if (!values || !summary) return <span class="sparkline" />;
  const say = (value: number) => measureText(value, description, formats.value, words);
  return (
    <svg
      class="sparkline"
      viewBox={`-1 -1 ${width + 2} ${height + 2}`}
      role="img"
      aria-label={words.series.sparkline(say(summary.min), say(summary.max))}
    >
      <path d={sparkPath(values, stepMs, width, height)} />
    </svg>
  );
}
