import type { ExpressionSpecification, LayerSpecification, LineLayerSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import type { Language } from '../../i18n';
import type { Palette } from '../palette';
import type { Tier } from '../units';

const inTier = (tier: Tier): ExpressionSpecification => ['==', ['get', 'tier'], tier];

const byZoom = (...stops: number[]): ExpressionSpecification => ['interpolate', ['linear'], ['zoom'], ...stops];

/** The areas: one calm surface, over it what colours them, and boundaries that are stronger the higher the unit stands. */
export function unitLayers(palette: Palette, hasBaseMap: boolean, colouring: LayerSpecification[] = []): LayerSpecification[] {
  return [
    {
      id: 'unit-land',
      type: 'fill',
      source: 'units',
      filter: inTier('top'),
      paint: { 'fill-color': palette.land, 'fill-opacity': hasBaseMap ? 0.15 : 1, 'fill-antialias': false },
    },
    ...colouring,
    boundary('unit-line-leaf', 'leaf', palette.lineLeaf, byZoom(8, 0.3, 11, 0.8, 14, 1.4)),
    boundary('unit-line-middle', 'middle', palette.lineMiddle, byZoom(8, 1, 11, 1.8, 14, 2.6)),
    boundary('unit-line-top', 'top', palette.lineTop, byZoom(8, 1.8, 11, 2.8, 14, 4)),
  ];
}

function boundary(id: string, tier: Tier, colour: string, width: ExpressionSpecification): LineLayerSpecification {
  return {
    id,
    type: 'line',
    source: 'units',
    filter: inTier(tier),
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': colour, 'line-width': width },
  };
}

/** The names of the lowest tier, from near, and where there is no tier between from farther. They lie under the stations and give way to them. */
export function leafNameLayers(palette: Palette, language: Language): LayerSpecification[] {
  const early = names('unit-name-early', 'leaf', language, {
    minzoom: 8.4,
    maxzoom: 10.6,
    size: byZoom(8.4, 10, 10.6, 11),
    font: 'Inter Medium',
    colour: palette.label,
    halo: palette.halo,
  });
  return [
    // In the middle of what they name, or not at all: from afar a name beside it would be that of another.
    {
      ...early,
      filter: ['all', inTier('leaf'), ['==', ['get', 'early'], true]],
      layout: { ...early.layout, 'text-variable-anchor': ['center'], 'text-radial-offset': 0 },
    },
    names('unit-name-leaf', 'leaf', language, {
      minzoom: 10.6,
      size: byZoom(10.6, 10.5, 14, 14),
      font: 'Inter Medium',
      colour: palette.label,
      halo: palette.halo,
    }),
  ];
}

/** The names of the middle tier, from afar: above the dots of what is well. */
export function middleNameLayers(palette: Palette, language: Language): LayerSpecification[] {
  return [
    names('unit-name-middle', 'middle', language, {
      minzoom: 7.5,
      maxzoom: 12.5,
      size: byZoom(8, 11, 11, 16),
      font: 'Inter SemiBold',
      colour: palette.labelStrong,
      halo: palette.halo,
    }),
  ];
}

interface NameStyle {
  readonly minzoom: number;
  readonly maxzoom?: number;
  readonly size: ExpressionSpecification;
  readonly font: string;
  readonly colour: string;
  readonly halo: string;
}

function names(id: string, tier: Tier, language: Language, style: NameStyle): SymbolLayerSpecification {
  return {
    id,
    type: 'symbol',
    source: 'unit-names',
    filter: inTier(tier),
    minzoom: style.minzoom,
    ...(style.maxzoom === undefined ? {} : { maxzoom: style.maxzoom }),
    layout: {
      'text-field': ['get', language === 'vi' ? 'name_vi' : 'name_en'],
      'text-font': [style.font],
      'text-size': style.size,
      'text-max-width': 7,
      'text-variable-anchor': ['center', 'top', 'bottom', 'right', 'left'],
      'text-radial-offset': 0.9,
      'text-justify': 'auto',
      'text-padding': 2,
      'symbol-sort-key': ['get', 'size'],
    },
    paint: { 'text-color': style.colour, 'text-halo-color': style.halo, 'text-halo-width': 1.4, 'text-halo-blur': 0.4 },
  };
}
