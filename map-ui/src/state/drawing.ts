/** What the operator draws on the map to measure, or to see what lies inside. Places are [longitude, latitude] in degrees. */
export type LonLat = readonly [number, number];

export type DrawingKind = 'line' | 'polygon' | 'circle';

export interface Drawing {
  readonly kind: DrawingKind;
  /** The corners; of a circle its middle. */
  readonly points: readonly LonLat[];
  /** Of a circle, in metres. */
  readonly radiusM: number;
  /** Whether nothing more is to be added. */
  readonly done: boolean;
}

/** More corners than that no filter should have. */
export const mostCorners = 100;
const earthM = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export const newDrawing = (kind: DrawingKind): Drawing => ({ kind, points: [], radiusM: 0, done: false });

/** The drawing after a click: another corner, or the rim of a circle. */
export function addPoint(drawing: Drawing, point: LonLat): Drawing {
  if (drawing.done) return addPoint(newDrawing(drawing.kind), point);
  const [middle] = drawing.points;
  if (drawing.kind === 'circle' && middle !== undefined) return { ...drawing, radiusM: distanceM(middle, point), done: true };
  const points = [...drawing.points, point];
  return { ...drawing, points, done: points.length >= mostCorners };
}

/** The drawing as the next click would make it: shown while the pointer moves. */
export function preview(drawing: Drawing, point: LonLat): Drawing {
  return drawing.done || drawing.points.length === 0 ? drawing : { ...addPoint(drawing, point), done: false };
}

/** Finish it, where it has enough corners; else it stays as it is. */
export function finish(drawing: Drawing): Drawing {
  const least = { line: 2, polygon: 3, circle: 1 }[drawing.kind];
  const points = withoutDoubles(drawing.points);
  if (points.length < least || (drawing.kind === 'circle' && drawing.radiusM <= 0)) return drawing;
  return { ...drawing, points, done: true };
}

/** A double click sets its corner twice. */
function withoutDoubles(points: readonly LonLat[]): LonLat[] {
  return points.filter(([lon, lat], at) => at === 0 || lon !== points[at - 1]?.[0] || lat !== points[at - 1]?.[1]);
}

/** Metres along a great circle. */
export function distanceM([lon1, lat1]: LonLat, [lon2, lat2]: LonLat): number {
  const [phi1, phi2] = [radians(lat1), radians(lat2)];
  const haversine = Math.sin((phi2 - phi1) / 2) ** 2 + Math.cos(phi1) * Math.cos(phi2) * Math.sin(radians(lon2 - lon1) / 2) ** 2;
  return 2 * earthM * Math.asin(Math.min(1, Math.sqrt(haversine)));
}

/** Metres along the line, or around the area. */
export function lengthM({ kind, points, radiusM }: Drawing): number {
  if (kind === 'circle') return 2 * Math.PI * radiusM;
  const closed = kind === 'polygon' && points.length > 2 && points[0] ? [...points, points[0]] : points;
  return closed.reduce((sum, point, at) => sum + (at === 0 ? 0 : distanceM(closed[at - 1] ?? point, point)), 0);
}

/** Square metres on the sphere; of a line 0. */
export function areaM2({ kind, points, radiusM }: Drawing): number {
  if (kind === 'circle') return 2 * Math.PI * earthM ** 2 * (1 - Math.cos(radiusM / earthM));
  if (kind === 'line' || points.length < 3) return 0;
  let sum = 0;
  points.forEach(([lon, lat], at) => {
    const [nextLon, nextLat] = points[(at + 1) % points.length] ?? [lon, lat];
    sum += radians(nextLon - lon) * (2 + Math.sin(radians(lat)) + Math.sin(radians(nextLat)));
  });
  return Math.abs((sum * earthM ** 2) / 2);
}

/** The corners of the drawing as a closed ring, of a circle with 72 of them; null where it has no area. */
export function ringOf({ kind, points, radiusM }: Drawing): LonLat[] | null {
  const [first] = points;
  if (kind === 'line' || first === undefined) return null;
  if (kind === 'polygon') return points.length < 3 ? null : [...points, first];
  if (radiusM <= 0) return null;
  const corners = 72;
  return Array.from({ length: corners + 1 }, (_, at) => pointAt(first, radiusM, (at % corners) * (360 / corners)));
}

/** The place `distance` metres from another under a bearing in degrees. */
function pointAt([lon, lat]: LonLat, distance: number, bearing: number): LonLat {
  const [angle, phi, theta] = [distance / earthM, radians(lat), radians(bearing)];
  const sin = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(theta);
  const east = Math.atan2(Math.sin(theta) * Math.sin(angle) * Math.cos(phi), Math.cos(angle) - Math.sin(phi) * sin);
  return [lon + (east * 180) / Math.PI, (Math.asin(sin) * 180) / Math.PI];
}

/** Whether a place lies inside the drawn area. */
export function isInside(drawing: Drawing, place: LonLat): boolean {
  const [middle] = drawing.points;
  if (drawing.kind === 'circle') return middle !== undefined && distanceM(middle, place) <= drawing.radiusM;
  const ring = ringOf(drawing);
  if (ring === null) return false;
  const [x, y] = place;
  let inside = false;
  for (let at = 1; at < ring.length; at += 1) {
    const [[x1, y1], [x2, y2]] = [ring[at - 1] ?? place, ring[at] ?? place];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

const inDegrees = ([lon, lat]: LonLat): string => `${Number(lon.toFixed(6))} ${Number(lat.toFixed(6))}`;

/** The CQL2 text for what meets the drawn area; null where it has none. */
export function areaFilter(drawing: Drawing): string | null {
  const ring = ringOf(drawing);
  const [middle] = drawing.points;
  if (ring === null || middle === undefined) return null;
  if (drawing.kind === 'circle') return `S_DWITHIN(geometry, POINT(${inDegrees(middle)}), ${Math.round(drawing.radiusM)})`;
  return `S_INTERSECTS(geometry, POLYGON((${ring.map(inDegrees).join(', ')})))`;
}

/** What the map draws of it. */
export function featuresOf(drawing: Drawing | null): GeoJSON.FeatureCollection {
  if (drawing === null) return { type: 'FeatureCollection', features: [] };
  const feature = (geometry: GeoJSON.Geometry): GeoJSON.Feature => ({ type: 'Feature', properties: {}, geometry });
  const ring = ringOf(drawing);
  const corners = drawing.points.map(([lon, lat]) => feature({ type: 'Point', coordinates: [lon, lat] }));
  if (ring !== null)
    return { type: 'FeatureCollection', features: [feature({ type: 'Polygon', coordinates: [ring.map((p) => [...p])] }), ...corners] };
  const line = drawing.points.length > 1 ? [feature({ type: 'LineString', coordinates: drawing.points.map((p) => [...p]) })] : [];
  return { type: 'FeatureCollection', features: [...line, ...corners] };
}

/** Read `circle:106.2,21.3,500` or `polygon:106,21;106.1,21;106,21.1`; null for anything else. */
export function parseDrawing(value: string | null): Drawing | null {
  const [kind, told = ''] = (value ?? '').split(':');
  if (kind !== 'line' && kind !== 'polygon' && kind !== 'circle') return null;
  const parts = told.split(';').map((part) => part.split(',').map((text) => (text.trim() === '' ? Number.NaN : Number(text))));
  const isPlace = ([lon = Number.NaN, lat = Number.NaN]: number[]) => Math.abs(lon) <= 180 && Math.abs(lat) <= 85;
  if (!parts.every(isPlace) || parts.length > mostCorners) return null;
  const points = parts.map(([lon = 0, lat = 0]): LonLat => [lon, lat]);
  const radiusM = kind === 'circle' ? (parts[0]?.[2] ?? 0) : 0;
  const finished = finish({ kind, points, radiusM: Number.isFinite(radiusM) ? Math.min(radiusM, 1_000_000) : 0, done: false });
  return finished.done ? finished : null;
}

export function formatDrawing({ kind, points, radiusM }: Drawing): string {
  const places = points.map(([lon, lat]) => `${Number(lon.toFixed(5))},${Number(lat.toFixed(5))}`).join(';');
  return kind === 'circle' ? `${kind}:${places},${Math.round(radiusM)}` : `${kind}:${places}`;
}
