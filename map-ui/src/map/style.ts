import latinMedium from '@fontsource/inter/files/inter-latin-500-normal.woff2?url';
import latinSemiBold from '@fontsource/inter/files/inter-latin-600-normal.woff2?url';
import vietnameseMedium from '@fontsource/inter/files/inter-vietnamese-500-normal.woff2?url';
import vietnameseSemiBold from '@fontsource/inter/files/inter-vietnamese-600-normal.woff2?url';
import type { GeoJSONSourceSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Language } from '../i18n';
import type { Config } from '../wire/types';
import { cellLayers } from './layers/cells';
import { drawingLayers } from './layers/drawing';
import { figureLayers } from './layers/figures';
import { groundLayers, groundSources } from './layers/ground';
import { outlineLayers } from './layers/outline';
import { calmLayers, stationLayers, stationNameLayers } from './layers/stations';
import { leafNameLayers, middleNameLayers, unitLayers } from './layers/units';
import type { Palette } from './palette';
import { scaleLayer } from './scale';

export interface Look {
  readonly palette: Palette;
  readonly language: Language;
  readonly baseMap: Config['baseMap'];
  /** How much larger than usual symbols and names are. */
  readonly scale: number;
}

/** All layers, lowest first. */
export function allLayers({ palette, language, baseMap, scale }: Look): LayerSpecification[] {
  const layers = [
    ...groundLayers(palette, baseMap),
    ...unitLayers(palette, baseMap !== null, figureLayers(palette)),
    ...leafNameLayers(palette, language),
    ...stationNameLayers(palette),
    ...calmLayers(),
    ...middleNameLayers(palette, language),
    ...outlineLayers(palette),
    ...drawingLayers(palette),
    ...cellLayers(palette),
    ...stationLayers(palette),
  ];
  return layers.map((layer) => scaleLayer(layer, scale));
}

const empty: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

const points = (maxzoom: number): GeoJSONSourceSpecification => ({
  type: 'geojson',
  data: empty,
  promoteId: 'id',
  maxzoom,
  buffer: 64,
  tolerance: 0,
});

/** The whole style. Names are drawn from our own font files, so that no glyph server is needed. */
export function buildStyle(look: Look): StyleSpecification {
  return {
    version: 8,
    // Another theme is there at once, also on paper.
    transition: { duration: 0, delay: 0 },
    'font-faces': {
      'Inter Medium': faces(latinMedium, vietnameseMedium),
      'Inter SemiBold': faces(latinSemiBold, vietnameseSemiBold),
    },
    sources: {
      ...groundSources(look.baseMap),
      units: { type: 'geojson', data: empty, tolerance: 0.2, promoteId: 'code' },
      'unit-names': { type: 'geojson', data: empty },
      stations: points(14),
      vehicles: points(14),
      cells: points(14),
      outline: { type: 'geojson', data: empty },
      drawing: { type: 'geojson', data: empty },
    },
    layers: allLayers(look),
  };
}

const vietnameseRanges = [
  'U+0102-0103',
  'U+0110-0111',
  'U+0128-0129',
  'U+0168-0169',
  'U+01A0-01A1',
  'U+01AF-01B0',
  'U+1EA0-1EF9',
  'U+20AB',
];

function faces(latin: string, vietnamese: string): { url: string; 'unicode-range'?: string[] }[] {
  const absolute = (url: string) => new URL(url, document.baseURI).href;
  return [{ url: absolute(vietnamese), 'unicode-range': vietnameseRanges }, { url: absolute(latin) }];
}
