import type { GeoJSONFeatureDiff, GeoJSONSourceDiff } from 'maplibre-gl';

/** A point on the map, with no more than what changes its picture. */
export interface Placed<P extends object> {
  readonly id: string;
  readonly lon: number;
  readonly lat: number;
  readonly properties: P;
}

/** What a source has been given, by id. */
export type Drawn<P extends object> = Map<string, Placed<P>>;

/**
 * The smallest change that brings a source from `drawn` to the given marks, and `drawn` with it; null when nothing shows a difference.
 * A mark of null, and every id in `removed`, goes away.
 */
export function diffMarks<P extends object>(
  drawn: Drawn<P>,
  next: Iterable<readonly [id: string, mark: Placed<P> | null]>,
  removed: Iterable<string> = [],
): GeoJSONSourceDiff | null {
  const add: GeoJSON.Feature[] = [];
  const update: GeoJSONFeatureDiff[] = [];
  const remove: string[] = [];
  for (const [id, mark] of next) {
    const known = drawn.get(id);
    if (mark === null) {
      if (drawn.delete(id)) remove.push(id);
      continue;
    }
    drawn.set(id, mark);
    if (known === undefined) add.push(featureOf(mark));
    else pushUpdate(update, known, mark);
  }
  for (const id of removed) if (drawn.delete(id)) remove.push(id);
  return add.length + update.length + remove.length === 0 ? null : { add, update, remove };
}

function pushUpdate<P extends object>(update: GeoJSONFeatureDiff[], known: Placed<P>, mark: Placed<P>): void {
  const moved = known.lon !== mark.lon || known.lat !== mark.lat;
  const changed = (Object.keys(mark.properties) as (keyof P & string)[]).filter((key) => known.properties[key] !== mark.properties[key]);
  if (!moved && changed.length === 0) return;
  update.push({
    id: mark.id,
    ...(moved ? { newGeometry: pointOf(mark) } : {}),
    addOrUpdateProperties: changed.map((key) => ({ key, value: mark.properties[key] })),
  });
}

const pointOf = (mark: Placed<object>): GeoJSON.Point => ({ type: 'Point', coordinates: [mark.lon, mark.lat] });

const featureOf = (mark: Placed<object>): GeoJSON.Feature => ({
  type: 'Feature',
  id: mark.id,
  geometry: pointOf(mark),
  properties: { ...mark.properties },
});
