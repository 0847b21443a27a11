import polylabel from 'polylabel';
import { list, optional, record, text } from '../wire/guard';
import type { UnitRefOnMap } from '../wire/place';

/** Where a unit stands in the hierarchy, which is data of any depth: the topmost, the lowest, or between. */
export type Tier = 'top' | 'middle' | 'leaf';

export interface Unit extends UnitRefOnMap {
  readonly geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon;
}

/** Read the features of the collection of units; those without an area are left out. */
export function decodeUnits(value: unknown): Unit[] {
  return list(record(value, 'units').features, 'units.features').flatMap((item) => {
    const feature = record(item, 'unit');
    const properties = record(feature.properties, 'unit.properties');
    const geometry = feature.geometry as GeoJSON.Geometry | null;
    if (geometry?.type !== 'Polygon' && geometry?.type !== 'MultiPolygon') return [];
    const nameVi = text(properties.name_vi, 'unit.name_vi');
    return {
      code: text(properties.code, 'unit.code'),
      fid: String(feature.id),
      level: optional(text, properties.level, 'unit.level') ?? '',
      nameVi,
      nameEn: optional(text, properties.name_en, 'unit.name_en') ?? nameVi,
      parent: optional(text, properties.parent, 'unit.parent'),
      geometry,
    };
  });
}

/** The tier of every unit: a unit that others name as their parent is not a leaf, one without a parent in the layer is at the top. */
export function tiersOf(units: readonly Unit[]): Map<string, Tier> {
  const codes = new Set(units.map((unit) => unit.code));
  const parents = new Set(units.map((unit) => unit.parent));
  return new Map(
    units.map((unit) => {
      const isTop = unit.parent === null || !codes.has(unit.parent);
      if (parents.has(unit.code)) return [unit.code, isTop ? 'top' : 'middle'];
      return [unit.code, isTop && parents.size > 1 ? 'top' : 'leaf'];
    }),
  );
}

/** The areas and, apart from them, one point for each name: a name on an area would be drawn once for every tile that it touches. */
export function unitFeatures(units: readonly Unit[]): { areas: GeoJSON.FeatureCollection; names: GeoJSON.FeatureCollection } {
  const tiers = tiersOf(units);
  // Without units between, nothing would be named from afar.
  const early = ![...tiers.values()].includes('middle');
  const features = (geometryOf: (unit: Unit) => GeoJSON.Geometry): GeoJSON.FeatureCollection => ({
    type: 'FeatureCollection',
    features: units.map((unit) => ({
      type: 'Feature',
      geometry: geometryOf(unit),
      properties: {
        code: unit.code,
        name_vi: unit.nameVi.normalize('NFC'),
        name_en: unit.nameEn.normalize('NFC'),
        level: unit.level,
        tier: tiers.get(unit.code),
        early,
        // The largest names are placed first where two would collide.
        size: -area(largestPolygon(unit.geometry)),
      },
    })),
  });
  return {
    areas: features((unit) => unit.geometry),
    names: features((unit) => ({ type: 'Point', coordinates: polylabel(largestPolygon(unit.geometry), 0.001) })),
  };
}

/** [west, south, east, north] of all units; null when there are none. */
export function boundsOf(units: readonly Unit[]): [number, number, number, number] | null {
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const { geometry } of units) {
    for (const ring of polygonsOf(geometry).flat()) {
      for (const [lon = 0, lat = 0] of ring) {
        west = Math.min(west, lon);
        south = Math.min(south, lat);
        east = Math.max(east, lon);
        north = Math.max(north, lat);
      }
    }
  }
  return units.length === 0 ? null : [west, south, east, north];
}

const polygonsOf = (geometry: Unit['geometry']): number[][][][] =>
  geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;

function largestPolygon(geometry: Unit['geometry']): number[][][] {
  return polygonsOf(geometry).reduce((largest, polygon) => (area(polygon) > area(largest) ? polygon : largest), []);
}

/** The area of the outer ring in square degrees: good enough to compare. */
function area(polygon: number[][][]): number {
  const ring = polygon[0] ?? [];
  let twice = 0;
  ring.forEach(([x = 0, y = 0], at) => {
    const [nextX = 0, nextY = 0] = ring[(at + 1) % ring.length] ?? [];
    twice += x * nextY - nextX * y;
  });
  return Math.abs(twice) / 2;
}
