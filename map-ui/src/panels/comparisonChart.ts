import uPlot from 'uplot';
import { axesOf, readLook } from './chart';

/** How each line is told from the others: by its dashes as well as by its colour. */
export const lineStyles = [
  { colour: 'line-1', dash: [] },
  { colour: 'line-2', dash: [8, 4] },
  { colour: 'line-3', dash: [2, 4] },
  { colour: 'line-4', dash: [10, 4, 2, 4] },
] as const;

export interface ComparisonOptions {
  readonly timeZone: string;
  readonly format: (value: number) => string;
  /** Times in milliseconds, and a column of values for each line. */
  readonly columns: readonly [readonly number[], ...(readonly (number | null)[])[]];
  readonly hours: number;
}

const heightRem = 22;
const minuteMs = 60_000;

/** Several lines over the same time; returns the way to end it. */
export function createComparisonChart(box: HTMLElement, { timeZone, format, columns, hours }: ComparisonOptions): () => void {
  const { colour, rem, axis } = readLook();
  const [times, ...lines] = columns;
  const size = () => ({ width: Math.max(240, box.clientWidth), height: Math.round(heightRem * rem) });
  const gapMs = hours <= 48 ? 15 * minuteMs : 180 * minuteMs;
  const plot = new uPlot(
    {
      ...size(),
      padding: [8, Math.round(rem * 1.4), 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), timeZone),
      axes: axesOf(axis, rem, timeZone, format),
      series: [
        {},
        ...lines.map((_, at) => ({
          stroke: colour(lineStyles[at]?.colour ?? 'text'),
          width: 2,
          dash: [...(lineStyles[at]?.dash ?? [])],
          points: { show: times.length < 20 },
          // The stations report at times of their own: a line goes on over the times of the others, but not over a silence.
          spanGaps: false,
          gaps: (self: uPlot, series: number) => silences(self, series, gapMs),
        })),
      ],
    },
    [times.map((time) => time / 1000), ...lines.map((line) => [...line])],
    box,
  );
  const observer = new ResizeObserver(() => plot.setSize(size()));
  observer.observe(box);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

/** The pauses of a line that are longer than `gapMs`, in pixels of the canvas. */
function silences(plot: uPlot, series: number, gapMs: number): [number, number][] {
  const times = plot.data[0] ?? [];
  const values = plot.data[series] ?? [];
  const found: [number, number][] = [];
  let before: number | null = null;
  times.forEach((time, at) => {
    if (values[at] === null || values[at] === undefined) return;
    if (before !== null && (time - before) * 1000 > gapMs) {
      found.push([Math.round(plot.valToPos(before, 'x', true)), Math.round(plot.valToPos(time, 'x', true))]);
    }
    before = time;
  });
  return found;
}
