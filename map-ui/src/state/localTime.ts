/** Times as fields of a form and cells of a table have them (`2026-11-28T07:30`), in the zone of the centre, wherever the browser is. */

/** By zone; one is dear to make. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  clocks.set(zone, clock);
  return clock;
}

/** Milliseconds by which the clocks of `zone` are ahead of UTC at a moment. */
function aheadOfUtc(time: number, zone: string): number {
  const parts = clockOf(zone).formatToParts(time);
  const part = (name: string) => Number(parts.find(({ type }) => type === name)?.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(time / 1000) * 1000;
}

export const toField = (time: number, zone: string): string => new Date(time + aheadOfUtc(time, zone)).toISOString().slice(0, 16);

/** The day of `zone` at a moment, as `2026-11-28`. */
export const dayIn = (time: number, zone: string): string => toField(time, zone).slice(0, 10);

/** A moment on the clock of `zone`, with what that is ahead of UTC (RFC 3339): `2026-11-28T07:30:00+07:00`. */
export function withOffset(time: number, zone: string): string {
  const ahead = aheadOfUtc(time, zone);
  const offset = new Date(Math.abs(ahead)).toISOString().slice(11, 16);
  return `${new Date(time + ahead).toISOString().slice(0, 19)}${ahead < 0 ? '-' : '+'}${offset}`;
}

/** The moment that a field shows; null where it shows none. */
export function fromField(field: string, zone: string): number | null {
  const shown = Date.parse(`${field}Z`);
  if (Number.isNaN(shown)) return null;
  // Where the clocks were changed in between, the second look is right.
  return shown - aheadOfUtc(shown - aheadOfUtc(shown, zone), zone);
}
