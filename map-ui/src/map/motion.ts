/** The way of a moving station from the place where it is drawn to the place that it last reported. Times in milliseconds. */
export interface Track {
  readonly from: Place;
  readonly to: Place;
  readonly start: number;
  readonly end: number;
}

export interface Place {
  readonly lon: number;
  readonly lat: number;
}

const shortestMs = 300;
const longestMs = 10_000;
/** Farther than this between two reports is not driven along a straight line: the station appears at its new place. */
const farthestM = 2_000;

/**
 * Head for a newly reported place. The drive lasts as long as the station took to report again, so that it arrives as the next
 * report comes; after a long silence or a leap it is at the new place at once.
 */
export function headFor(track: Track | undefined, to: Place, now: number): Track {
  const arrived: Track = { from: to, to, start: now, end: now };
  if (track === undefined) return arrived;
  const gap = now - track.start;
  const from = placeAt(track, now);
  if (gap > longestMs || distanceM(from, to) > farthestM) return arrived;
  return { from, to, start: now, end: now + Math.max(shortestMs, gap) };
}

export function placeAt(track: Track, now: number): Place {
  if (now >= track.end) return track.to;
  const share = Math.max(0, (now - track.start) / (track.end - track.start));
  return {
    lon: track.from.lon + (track.to.lon - track.from.lon) * share,
    lat: track.from.lat + (track.to.lat - track.from.lat) * share,
  };
}

/** Metres between two places near each other. */
export function distanceM(a: Place, b: Place): number {
  const metresPerDegree = 111_320;
  const east = (b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(east, b.lat - a.lat) * metresPerDegree;
}

/** Metres that one pixel of the map shows, for tiles of 512 pixels. */
export function metresPerPixel(lat: number, zoom: number): number {
  return (78_271.517 * Math.cos((lat * Math.PI) / 180)) / 2 ** zoom;
}
