/** A past time that the screen shows, and how fast it runs. Times in milliseconds since 1970, UTC. */
export interface Replay {
  readonly from: number;
  readonly speed: number;
  readonly paused: boolean;
  /** The time that is shown now; null until the first frame of the replay. */
  readonly at: number | null;
  /** The period is over: the time stands still at its end. */
  readonly ended: boolean;
}

/**
 * Which stretch of time the screen goes through: the present, or the past from a moment on; another one with each jump. Null while the
 * past that was asked for is not there yet, and what is shown still of another time.
 */
export function stretchOf(replay: Replay | null): string | null {
  if (replay === null) return 'present';
  return replay.at === null ? null : `past from ${replay.from}`;
}

/** Seconds in a second. */
export const speeds = [1, 10, 60, 300, 1800] as const;
export const usualSpeed = 60;

/** How far back the slider reaches, in hours. */
export const reaches = [1, 6, 24, 168] as const;
export const usualReach = 24;

const hourMs = 3600_000;
const stepMs = 60_000;
/** Later than that ago nothing is past yet that could be played. */
const latestMs = 10_000;

/** The times that the slider offers: whole minutes up to now. */
export function sliderBounds(now: number, reachHours: number): { readonly first: number; readonly last: number; readonly step: number } {
  const last = Math.floor(now / stepMs) * stepMs;
  return { first: last - reachHours * hourMs, last, step: stepMs };
}

/** The time to begin a replay at: past, and not older than anybody keeps. */
export const beginningOf = (wanted: number, now: number): number => Math.min(wanted, now - latestMs);

/** A little before an alert began, so that one sees it come. */
export const beforeAlert = (startedAt: number): number => startedAt - 2 * stepMs;

/** Read `2026-11-28T05:00:00Z@60`; null for anything else. */
export function parseReplay(value: string | null): { readonly from: number; readonly speed: number } | null {
  const [time = '', speed = String(usualSpeed)] = (value ?? '').split('@');
  const [from, factor] = [Date.parse(time), Number(speed)];
  return Number.isNaN(from) || !(factor >= 0.1 && factor <= 86_400) ? null : { from, speed: factor };
}

/** The time shown now, or where the replay begins. */
export function formatReplay({ from, at, speed }: Pick<Replay, 'from' | 'at' | 'speed'>): string {
  const time = new Date(Math.floor((at ?? from) / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  return `${time}@${speed}`;
}

/** The value of a field for local time in the zone of the centre, `2026-11-28T12:00`. */
export function localInput(time: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(time);
  return parts.replace(' ', 'T');
}

/** The time that such a field means; null where it is empty. The zone's offset is that of the time itself. */
export function fromLocalInput(value: string, timeZone: string): number | null {
  const asUtc = Date.parse(`${value}Z`);
  if (Number.isNaN(asUtc)) return null;
  const offset = Date.parse(`${localInput(asUtc, timeZone)}Z`) - asUtc;
  return asUtc - offset;
}
