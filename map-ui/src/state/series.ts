import type { Bucket } from '../wire/types';

/** Spans of a chart, in hours. */
export const spanHours = [6, 24, 168, 720] as const;
export type SpanHours = (typeof spanHours)[number];

export interface Summary {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** The least, the mean of all readings, and the greatest; null where there are none. */
export function summarise(buckets: readonly Bucket[]): Summary | null {
  if (buckets.length === 0) return null;
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const bucket of buckets) {
    min = Math.min(min, bucket.min);
    max = Math.max(max, bucket.max);
    sum += bucket.mean * bucket.n;
    count += bucket.n;
  }
  return { min, mean: sum / count, max };
}

/**
 * The share of the readings that a station should have sent in a time, or since its first one where it began within it; 1 at most, null
 * where its rhythm is not known.
 */
export function completeness(buckets: readonly Bucket[], [from, to]: readonly [number, number], intervalS: number | null): number | null {
  if (intervalS === null || intervalS <= 0) return null;
  const count = buckets.reduce((sum, bucket) => sum + bucket.n, 0);
  const first = buckets[0];
  const begin = first?.begins === true ? Math.max(from, first.time) : from;
  // The first reading comes at the beginning, not an interval later.
  const expected = (to - begin) / 1000 / intervalS + (begin > from ? 1 : 0);
  return Math.min(1, count / Math.max(1, Math.floor(expected)));
}

/** A line through the means for a box of `width` by `height`, as the path of an SVG; a pause of more than three steps breaks it. */
export function sparkPath(buckets: readonly Bucket[], stepMs: number, width: number, height: number): string {
  const summary = summarise(buckets.map((bucket) => ({ ...bucket, min: bucket.mean, max: bucket.mean })));
  const first = buckets[0]?.time ?? 0;
  const length = (buckets.at(-1)?.time ?? 0) - first;
  if (summary === null) return '';
  const reach = summary.max - summary.min;
  const place = ({ time, mean }: Bucket) => {
    const x = length === 0 ? width : ((time - first) / length) * width;
    const y = reach === 0 ? height / 2 : height - ((mean - summary.min) / reach) * height;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  return buckets
    .map((bucket, at) => {
      const before = buckets[at - 1];
      return `${before === undefined || bucket.time - before.time > 3 * stepMs ? 'M' : 'L'}${place(bucket)}`;
    })
    .join('');
}

/** Rows as CSV (RFC 4180), with a mark before them that lets spreadsheets read their letters rightly. */
export function toCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null) => {
    const text = value === null ? '' : String(value);
    // A spreadsheet would carry out what begins so.
    const safe = typeof value === 'string' && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\u{feff}${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`;
}

/** Several series side by side: every time that one of them has, and null where another has nothing then. */
export function alignSeries(series: readonly (readonly Bucket[])[]): [number[], ...(number | null)[][]] {
  const times = [...new Set(series.flatMap((buckets) => buckets.map(({ time }) => time)))].sort((a, b) => a - b);
  const columns = series.map((buckets) => {
    const byTime = new Map(buckets.map((bucket) => [bucket.time, bucket.mean]));
    return times.map((time) => byTime.get(time) ?? null);
  });
  return [times, ...columns];
}
