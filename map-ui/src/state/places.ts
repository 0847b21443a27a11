import type { Bounds } from '../wire/place';
import { fold } from './search';

/** A place on the map that is no station: a unit, or a feature of a layer. */
export interface Place {
  readonly kind: 'unit' | 'feature';
  /** The collection that has it. */
  readonly layer: string;
  /** Its id there. */
  readonly fid: string;
  /** The code of a unit. */
  readonly code: string | null;
  readonly name: string;
  /** Where it lies, or what it is of, in words. */
  readonly detail: string;
}

/** West, south, east, north of a geometry; null where it has no point. */
export function boundsOfGeometry(geometry: GeoJSON.Geometry): Bounds | null {
  let [west, south, east, north] = [180, 90, -180, -90];
  let any = false;
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [lon, lat] = part as unknown[];
    if (typeof lon !== 'number' || typeof lat !== 'number') {
      for (const each of part) visit(each);
      return;
    }
    any = true;
    [west, south, east, north] = [Math.min(west, lon), Math.min(south, lat), Math.max(east, lon), Math.max(north, lat)];
  };
  const parts = geometry.type === 'GeometryCollection' ? geometry.geometries : [geometry];
  for (const part of parts) if ('coordinates' in part) visit(part.coordinates);
  return any ? [west, south, east, north] : null;
}

/** The CQL2 text that finds features in one of whose `attributes` every word occurs, whatever its marks and case; '' without either. */
export function filterOf(words: string, attributes: readonly string[]): string {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  if (attributes.length === 0 || wanted.length === 0) return '';
  const oneOf = (word: string) => {
    const pattern = `'%${word.replace(/[\\%_]/g, '\\$&').replaceAll("'", "''")}%'`;
    return `(${attributes.map((name) => `CASEI(ACCENTI("${name}")) LIKE ${pattern}`).join(' OR ')})`;
  };
  return wanted.map(oneOf).join(' AND ');
}

/** Attributes that are likely to name a feature come first. */
const naming = ['name_vi', 'name', 'ten', 'title', 'name_en', 'label', 'address'];

/** The attributes to search in: those that name, else the first texts; no more than a filter should have. */
export function searchable(attributes: readonly string[]): string[] {
  const named = naming.filter((name) => attributes.includes(name));
  return (named.length > 0 ? named : attributes).slice(0, 4);
}

/** What a feature is called: its first naming attribute in the language, else its id. */
export function nameOf(properties: Readonly<Record<string, unknown>>, fid: string, language: 'vi' | 'en'): string {
  const order = language === 'en' ? ['name_en', ...naming] : naming;
  const found = order.map((name) => properties[name]).find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found.normalize('NFC') : fid;
}
