import type { ViewIn } from '../wire/types';
import type { View } from './link';

/** Pixels of the whole world at zoom 0, as MapLibre counts zooms. */
const worldPixels = 512;
const closeDegrees = 1e-6;

/** The part of the world that a map of so many pixels shows, by Web Mercator: what to ask for before there is a map. */
export function sightOf({ lon, lat, zoom }: View, width: number, height: number): ViewIn {
  const world = worldPixels * 2 ** zoom;
  const middle = northing(lat);
  const [half, halfUp] = [(width / 2 / world) * 360, (height / 2 / world) * 2 * Math.PI];
  return { bbox: [lon - half, latitude(middle - halfUp), lon + half, latitude(middle + halfUp)], z: zoom };
}

const northing = (lat: number): number => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
const latitude = (north: number): number => ((2 * Math.atan(Math.exp(north)) - Math.PI / 2) * 180) / Math.PI;

/** Whether two views show the same, but for what numbers lose. */
export const isSameView = (a: ViewIn, b: ViewIn): boolean =>
  Math.abs(a.z - b.z) < closeDegrees && a.bbox.every((side, at) => Math.abs(side - (b.bbox[at] ?? Number.NaN)) < closeDegrees);
