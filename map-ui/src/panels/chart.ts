import uPlot from 'uplot';
import { readPalette } from '../map/palette';
import type { Limit } from '../wire/rule';
import type { Bucket, Severity } from '../wire/types';

export interface Chart {
  setDay(day: readonly Bucket[]): void;
  destroy(): void;
}

export interface ChartOptions {
  readonly timeZone: string;
  readonly limits: readonly Limit[];
  /** Milliseconds without a value that break the line. */
  readonly gapMs: number;
  readonly format: (value: number) => string;
  /** From when until when, in milliseconds; from the first value to the last where nothing is said. */
  readonly span?: readonly [number, number];
  /** Moments that a line stands at, with a word. */
  readonly marks?: readonly Mark[];
}

export interface Mark {
  readonly time: number;
  readonly label: string;
  readonly severity: Severity | null;
}

const heightRem = 9.5;

/** A line of means within a band from minimum to maximum, and a dashed line for every limit, in the colours of the theme. */
export function createChart(box: HTMLElement, { timeZone, limits, gapMs, format, span: asked, marks = [] }: ChartOptions): Chart {
  const { colour, rem, axis } = readLook();
  const size = () => ({ width: Math.max(120, box.clientWidth), height: Math.round(heightRem * rem) });
  let span = timeSpan([]);
  const plot = new uPlot(
    {
      ...size(),
      // Half of a time of day fits beside the last stroke.
      padding: [8, Math.round(rem * 1.4), 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), timeZone),
      scales: { x: { range: () => span }, y: { range: (_, min, max) => withLimits(min, max, limits) } },
      axes: axesOf(axis, rem, timeZone, format),
      series: [
        {},
        { stroke: 'transparent', points: { show: false } },
        // A few values are drawn as points too: one alone would make no line.
        {
          stroke: colour('focus'),
          width: 1.6,
          points: { show: (self) => (self.data[0]?.length ?? 0) < 20, size: 5, fill: colour('focus') },
          spanGaps: false,
        },
        { stroke: 'transparent', points: { show: false } },
      ],
      bands: [{ series: [3, 1], fill: `color-mix(in srgb, ${colour('focus')} 22%, transparent)` }],
      hooks: { draw: [(self) => drawLimits(self, limits), (self) => drawMarks(self, marks, colour('text'), axis.font)] },
    },
    [[], [], [], []],
    box,
  );
  const observer = new ResizeObserver(() => plot.setSize(size()));
  observer.observe(box);
  return {
    setDay(day) {
      span = asked ? [asked[0] / 1000, asked[1] / 1000] : timeSpan(day);
      plot.setData(columns(day, gapMs));
    },
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/** What charts are drawn with, as the theme has it now. */
export function readLook() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const rem = Number.parseFloat(style.fontSize);
  const axis = {
    stroke: colour('muted'),
    font: `${Math.round(rem * 0.72)}px Inter, sans-serif`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1, size: 4 },
  };
  return { colour, rem, axis };
}

/** How far strokes may lie apart, in seconds; no closer than a minute, which is as fine as they are labelled. */
const strokesS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000];

/** Time below, in the zone of the centre, and values at the left. */
export function axesOf(
  axis: ReturnType<typeof readLook>['axis'],
  rem: number,
  timeZone: string,
  format: (value: number) => string,
): uPlot.Axis[] {
  return [
    { ...axis, space: 60, size: Math.round(rem * 1.6), incrs: [...strokesS], values: (_, splits) => timeWords(splits, timeZone) },
    { ...axis, size: Math.round(rem * 3), values: (_, splits) => splits.map(format) },
  ];
}

/** Columns for the chart: seconds, and minimum, mean and maximum; a silence longer than `gapMs` breaks the line. */
export function columns(day: readonly Bucket[], gapMs: number): [number[], (number | null)[], (number | null)[], (number | null)[]] {
  const times: number[] = [];
  const parts: [(number | null)[], (number | null)[], (number | null)[]] = [[], [], []];
  const put = (time: number, values: readonly [number | null, number | null, number | null]) => {
    times.push(time / 1000);
    for (const [at, part] of parts.entries()) part.push(values[at] ?? null);
  };
  day.forEach((bucket, at) => {
    const before = day[at - 1];
    if (before && bucket.time - before.time > gapMs) put(before.time + 1, [null, null, null]);
    put(bucket.time, [bucket.min, bucket.mean, bucket.max]);
  });
  return [times, ...parts];
}

const shortestS = 1800;

/** From the first value to the last, in seconds; at least half an hour, so that a young series is not a single stroke. */
export function timeSpan(day: readonly Bucket[]): [number, number] {
  const end = (day.at(-1)?.time ?? 0) / 1000;
  return [Math.min((day[0]?.time ?? 0) / 1000, end - shortestS), end];
}

/** A range that shows the values and the nearest limits, with a little air. */
function withLimits(min: number, max: number, limits: readonly Limit[]): [number, number] {
  const reach = Math.max(max - min, Math.abs(max) * 0.05, 1e-6) * 2;
  const near = limits.map((limit) => limit.value).filter((value) => value > min - reach && value < max + reach);
  const low = Math.min(min, ...near);
  const high = Math.max(max, ...near);
  const air = Math.max((high - low) * 0.08, Math.abs(high) * 0.01, 1e-6);
  return [low - air, high + air];
}

function drawLimits(plot: uPlot, limits: readonly Limit[]): void {
  const { ctx, bbox } = plot;
  const palette = readPalette();
  ctx.save();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const { severity, value } of limits) {
    const y = plot.valToPos(value, 'y', true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = palette.severity[severity].fill;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

function drawMarks(plot: uPlot, marks: readonly Mark[], text: string, font: string): void {
  const { ctx, bbox } = plot;
  const palette = readPalette();
  ctx.save();
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  // In pixels of the canvas, which are finer than those of the page.
  ctx.font = font.replace(/^(\d+)px/, (_, size) => `${Number(size) * devicePixelRatio}px`);
  for (const { time, label, severity } of marks) {
    const x = plot.valToPos(time / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = severity === null ? text : palette.severity[severity].fill;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillStyle = text;
    ctx.fillText(label, Math.min(x + 4 * devicePixelRatio, bbox.left + bbox.width - ctx.measureText(label).width), bbox.top);
  }
  ctx.restore();
}

const dayS = 86_400;

/** Times of day, or days where the strokes lie so far apart. */
export function timeWords(splits: readonly number[], timeZone: string): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  const parts: Intl.DateTimeFormatOptions =
    step >= dayS ? { day: '2-digit', month: '2-digit' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const words = new Intl.DateTimeFormat('vi-VN', { timeZone, ...parts });
  return splits.map((seconds) => words.format(seconds * 1000));
}
