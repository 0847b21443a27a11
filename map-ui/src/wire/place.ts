import { type Json, list, number, optional, record, text } from './guard';

/** A published layer, as the list of collections tells it. */
export interface LayerRef {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly owner: string | null;
  readonly licence: string | null;
  /** Whether it is made of the live state, so that it has no tiles. */
  readonly live: boolean;
  readonly bbox: Bounds | null;
  readonly count: number;
  readonly freshness: string | null;
}

/** West, south, east, north in degrees. */
export type Bounds = readonly [number, number, number, number];

/** A unit as the search over units gives it. */
export interface FoundUnit {
  readonly code: string;
  readonly validFrom: string;
  readonly level: string | null;
  readonly nameVi: string;
  readonly nameEn: string;
  readonly pathVi: string;
  readonly pathEn: string;
  readonly layer: string;
}

/** A feature of a collection of `/ogc`. */
export interface Feature {
  readonly fid: string;
  readonly geometry: GeoJSON.Geometry | null;
  readonly properties: Json;
}

export interface FeaturePage {
  readonly features: readonly Feature[];
  readonly total: number;
}

export function decodeLayers(value: unknown): LayerRef[] {
  return list(record(value, 'collections').collections, 'collections').map((each) => {
    const json = record(each, 'collection');
    const spatial = record(record(json.extent ?? {}, 'extent').spatial ?? {}, 'extent.spatial');
    const [box] = list(spatial.bbox ?? [], 'extent.spatial.bbox');
    return {
      id: text(json.id, 'collection.id'),
      title: text(json.title, 'collection.title'),
      description: optional(text, json.description, 'collection.description') ?? '',
      owner: optional(text, json.owner, 'collection.owner'),
      licence: optional(text, json.licence, 'collection.licence'),
      live: json.live === true,
      bbox: box === undefined ? null : decodeBounds(box, 'extent.spatial.bbox'),
      count: optional(number, json.itemCount, 'collection.itemCount') ?? 0,
      freshness: optional(text, json.freshness, 'collection.freshness'),
    };
  });
}

export function decodeBounds(value: unknown, place: string): Bounds {
  const [west, south, east, north] = list(value, place).map((side) => number(side, place));
  return [number(west, place), number(south, place), number(east, place), number(north, place)];
}

export function decodeFoundUnits(value: unknown): FoundUnit[] {
  return list(record(value, 'units').units, 'units').map((each) => {
    const json = record(each, 'unit');
    const nameVi = text(json.name_vi, 'unit.name_vi');
    const nameEn = optional(text, json.name_en, 'unit.name_en') ?? nameVi;
    return {
      code: text(json.code, 'unit.code'),
      validFrom: text(json.valid_from, 'unit.valid_from'),
      level: optional(text, json.level, 'unit.level'),
      nameVi,
      nameEn,
      pathVi: optional(text, json.path_vi, 'unit.path_vi') ?? nameVi,
      pathEn: optional(text, json.path_en, 'unit.path_en') ?? nameEn,
      layer: text(json.layer, 'unit.layer'),
    };
  });
}

export function decodeFeature(value: unknown): Feature {
  const json = record(value, 'feature');
  return {
    fid: String(json.id),
    geometry: (json.geometry ?? null) as GeoJSON.Geometry | null,
    properties: record(json.properties ?? {}, 'feature.properties'),
  };
}

export function decodeFeatures(value: unknown): FeaturePage {
  const json = record(value, 'features');
  const features = list(json.features, 'features').map(decodeFeature);
  return { features, total: optional(number, json.numberMatched, 'numberMatched') ?? features.length };
}

/** The attributes of a collection that hold texts, in their order; what has a closed list of values is none. */
export function decodeTextAttributes(value: unknown): string[] {
  const properties = record(record(value, 'queryables').properties, 'queryables.properties');
  return Object.entries(properties).flatMap(([name, about]) => {
    const { type, format } = record(about, `queryables.${name}`);
    return type === 'string' && format === undefined ? [name] : [];
  });
}

/** A unit whose area is on the map. */
export interface UnitRefOnMap {
  readonly code: string;
  /** Its id in the collection of units. */
  readonly fid: string;
  readonly level: string;
  readonly nameVi: string;
  readonly nameEn: string;
  readonly parent: string | null;
}
