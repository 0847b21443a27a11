interface Props {
  /** The oldest first; null where there is no figure. */
  readonly values: readonly (number | null)[];
  /** What a reader who does not see it is told. */
  readonly label: string;
  readonly target?: number | null;
}

const width = 96;
const height = 28;
const edge = 3;

/** The figures of the periods that led here as a line, a hole where one is missing; the target as a dashed line. */
export function Trend({ values, label, target = null }: Props) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <span class="muted">–</span>;
  const low = Math.min(...known, target ?? Number.POSITIVE_INFINITY);
  const high = Math.max(...known, target ?? Number.NEGATIVE_INFINITY);
  const x = (place: number) => edge + (place * (width - 2 * edge)) / (values.length - 1);
  const y = (value: number) => (high === low ? height / 2 : height - edge - ((value - low) * (height - 2 * edge)) / (high - low));
  const last = values.length - 1 - [...values].reverse().findIndex((value) => value !== null);
  return (
    <svg class="trend" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {target !== null && <path class="trend-target" d={`M${edge} ${y(target)}H${width - edge}`} />}
      <path class="trend-line" d={line(values, x, y)} />
      <circle class="trend-now" cx={x(last)} cy={y(values[last] ?? 0)} r="2.5" />
    </svg>
  );
}

/** The path through the values; what stands alone between two holes is a dot. */
export function line(values: readonly (number | null)[], x: (place: number) => number, y: (value: number) => number): string {
  let pen = false;
  const parts: string[] = [];
  values.forEach((value, place) => {
    if (value === null) {
      pen = false;
      return;
    }
    const point = `${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
    const alone = !pen && (values[place + 1] ?? null) === null;
    parts.push(pen ? `L${point}` : alone ? `M${point}h.1` : `M${point}`);
    pen = true;
  });
  return parts.join('');
}
