interface Props {
  readonly labels: readonly string[];
  /** The same where there is little room. */
  readonly shortLabels: readonly string[];
  /** Null where there is no figure. */
  readonly values: readonly (number | null)[];
  readonly target: number | null;
  write(value: number): string;
  /** The same where there is little room: above a column. */
  writeShort(value: number): string;
}

const height = 150;
const step = 60;
const top = 18;
const foot = 18;
/** On a phone more columns would have labels that nobody can read. */
const narrowColumns = 6;

/** Figures of periods as columns with their values, and the target as a line through them; a reader who sees nothing of it gets the same as a list. */
export function Columns({ labels, shortLabels, values, target, write, writeShort }: Props) {
  const newest = -narrowColumns;
  return (
    <>
      <Drawing only="wide" labels={shortLabels} values={values} target={target} write={writeShort} />
      <Drawing only="narrow" labels={shortLabels.slice(newest)} values={values.slice(newest)} target={target} write={writeShort} />
      <ul class="hidden">
        {values.map((value, place) => (
          <li key={labels[place]}>
            {labels[place]}: {value === null ? '–' : write(value)}
          </li>
        ))}
      </ul>
    </>
  );
}

interface DrawingProps extends Pick<Props, 'labels' | 'values' | 'target' | 'write'> {
  /** For which pages: a phone shows the newest columns only. */
  readonly only: 'wide' | 'narrow';
}

function Drawing({ only, labels, values, target, write }: DrawingProps) {
  const most = Math.max(...values.map((value) => value ?? 0), target ?? 0, 0);
  const tall = (value: number) => (most > 0 ? (Math.max(0, value) * (height - top - foot)) / most : 0);
  const width = step * values.length;
  return (
    <svg class="columns" data-only={only} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      {values.map((value, place) => {
        const x = place * step;
        const now = place === values.length - 1;
        return (
          <g key={labels[place]}>
            {value !== null && (
              <>
                <rect class="column" data-now={now} x={x + 8} width={step - 16} y={height - foot - tall(value)} height={tall(value)} />
                <text class="column-value" x={x + step / 2} y={height - foot - tall(value) - 4}>
                  {write(value)}
                </text>
              </>
            )}
            <text class="column-label" x={x + step / 2} y={height - 4}>
              {labels[place]}
            </text>
          </g>
        );
      })}
      {target !== null && <path class="column-target" d={`M0 ${height - foot - tall(target)}H${width}`} />}
    </svg>
  );
}
