import type { Language } from '../i18n';
import { filterOf, nameOf, type Place, searchable } from '../state/places';
import {
  decodeFeature,
  decodeFeatures,
  decodeFoundUnits,
  decodeLayers,
  decodeTextAttributes,
  type Feature,
  type FoundUnit,
  type LayerRef,
} from '../wire/place';
import type { RestClient } from './client';

const collection = (layer: string): string => `/ogc/collections/${encodeURIComponent(layer)}`;

export function fetchLayers(rest: RestClient, language: Language, signal?: AbortSignal): Promise<LayerRef[]> {
  return rest.get(`/ogc/collections?lang=${language}`, decodeLayers, signal);
}

export const fetchFeature = (rest: RestClient, { layer, fid }: Place, signal?: AbortSignal): Promise<Feature> =>
  rest.get(`${collection(layer)}/items/${encodeURIComponent(fid)}`, decodeFeature, signal);

export function findUnits(rest: RestClient, words: string, limit: number, signal: AbortSignal): Promise<FoundUnit[]> {
  return rest.get(`/v1/units?${new URLSearchParams({ q: words, limit: String(limit) })}`, decodeFoundUnits, signal);
}

/** The features of one layer that the words name. */
export async function findFeatures(
  rest: RestClient,
  layer: LayerRef,
  words: string,
  limit: number,
  language: Language,
  signal: AbortSignal,
): Promise<Place[]> {
  const attributes = searchable(await rest.get(`${collection(layer.id)}/queryables`, decodeTextAttributes, signal));
  const filter = filterOf(words, attributes);
  if (filter === '') return [];
  const page = await rest.get(
    `${collection(layer.id)}/items?${new URLSearchParams({ filter, limit: String(limit) })}`,
    decodeFeatures,
    signal,
  );
  return page.features.map(({ fid, properties }) => ({
    kind: 'feature',
    layer: layer.id,
    fid,
    code: null,
    name: nameOf(properties, fid, language),
    detail: layer.title,
  }));
}

/** A unit as a place. */
export function placeOfUnit(unit: FoundUnit, language: Language): Place {
  const path = language === 'vi' ? unit.pathVi : unit.pathEn;
  return {
    kind: 'unit',
    layer: unit.layer,
    fid: `${unit.code}.${unit.validFrom}`,
    code: unit.code,
    name: language === 'vi' ? unit.nameVi : unit.nameEn,
    detail: path.split(', ').slice(1).join(', '),
  };
}
