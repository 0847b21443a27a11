import type { CircleLayerSpecification, ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import { severities } from '../../wire/types';
import type { Palette } from '../palette';

/** The sources of the stations: what stands still, and what moves (redrawn often, so kept apart). */
export type StationSource = 'stations' | 'vehicles';

/** Layers that answer to a click, topmost last. */
export const clickableLayers = ['stations', 'vehicles'] as const;

const isNormal: ExpressionSpecification = ['==', ['get', 'rank'], 0];

// From afar what is well shrinks to a dot, what is not keeps its size.
const iconSize: ExpressionSpecification = [
  'interpolate',
  ['linear'],
  ['zoom'],
  7.5,
  ['case', isNormal, 0.26, 0.72],
  10,
  ['case', isNormal, 0.46, 0.88],
  12,
  ['case', isNormal, 0.74, 1],
  15,
  ['case', isNormal, 1, 1.2],
];

export function stationLayers(palette: Palette): LayerSpecification[] {
  return [
    ring('station-rings', 'stations', palette),
    ring('vehicle-rings', 'vehicles', palette),
    selection('station-selection', 'stations', palette),
    selection('vehicle-selection', 'vehicles', palette),
    symbols('stations', {
      'icon-image': ['get', 'icon'],
      'icon-size': iconSize,
    }),
    symbols('vehicles', {
      'icon-image': ['get', 'icon'],
      'icon-size': ['interpolate', ['linear'], ['zoom'], 7.5, 0.45, 10, 0.7, 12, 0.95, 15, 1.15],
      'icon-rotate': ['get', 'heading'],
      'icon-rotation-alignment': 'map',
    }),
    {
      ...symbols('vehicles', { 'icon-image': ['get', 'glyph'], 'icon-size': ['interpolate', ['linear'], ['zoom'], 10.5, 0.8, 15, 1.15] }),
      id: 'vehicle-glyphs',
      minzoom: 10.5,
    },
    stationNames(palette),
  ];
}

function symbols(source: StationSource, layout: SymbolLayerSpecification['layout']): SymbolLayerSpecification {
  return {
    id: source,
    type: 'symbol',
    source,
    layout: {
      ...layout,
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
      'symbol-sort-key': ['get', 'rank'],
    },
  };
}

/** A ring around what has an open alert: full and broad while somebody has yet to acknowledge it, thin afterwards. */
function ring(id: string, source: StationSource, palette: Palette): CircleLayerSpecification {
  const isNew: ExpressionSpecification = ['==', ['get', 'ring'], 2];
  const colours = severities.flatMap((word) => [word, palette.severity[word].fill]);
  const colour = ['match', ['get', 'alarm'], ...colours, palette.symbolLine] as unknown as ExpressionSpecification;
  return {
    id,
    type: 'circle',
    source,
    filter: ['>', ['get', 'ring'], 0],
    layout: { 'circle-sort-key': ['get', 'rank'] },
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 7.5, 14, 12, 20, 15, 25],
      'circle-color': colour,
      'circle-opacity': ['case', isNew, 0.24, 0],
      'circle-stroke-color': colour,
      'circle-stroke-width': ['case', isNew, 2.5, 1.2],
      'circle-stroke-opacity': ['case', isNew, 0.95, 0.7],
    },
  };
}

function selection(id: string, source: StationSource, palette: Palette): CircleLayerSpecification {
  return {
    id,
    type: 'circle',
    source,
    filter: selectionFilter(null),
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 7.5, 19, 12, 26, 15, 31],
      'circle-color': palette.selection,
      'circle-opacity': 0.12,
      'circle-stroke-color': palette.selection,
      'circle-stroke-width': 2.5,
    },
  };
}

export const selectionLayers = ['station-selection', 'vehicle-selection'] as const;

export const selectionFilter = (id: string | null): ExpressionSpecification => ['==', ['get', 'id'], id ?? ''];

function stationNames(palette: Palette): SymbolLayerSpecification {
  return {
    id: 'station-names',
    type: 'symbol',
    source: 'stations',
    minzoom: 12.8,
    layout: {
      'text-field': ['get', 'name'],
      'text-font': ['Inter Medium'],
      'text-size': 11,
      'text-anchor': 'top',
      'text-offset': [0, 1.4],
      'text-max-width': 9,
      'text-optional': true,
      'symbol-sort-key': ['-', 0, ['get', 'rank']],
    },
    paint: { 'text-color': palette.label, 'text-halo-color': palette.halo, 'text-halo-width': 1.4 },
  };
}
