import type { CircleLayerSpecification, ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import { severities } from '../../wire/types';
import type { Palette } from '../palette';

/** The sources of the stations: what stands still, and what moves (redrawn often, so kept apart). */
export type StationSource = 'stations' | 'vehicles';

/** Layers that answer to a click. */
export const clickableLayers = ['calm-stations', 'vehicles', 'stations'] as const;

type Filter = ExpressionSpecification;

// What is well and has no open alert lies under the names of the units, everything else above them.
const isCalm: Filter = ['all', ['==', ['get', 'rank'], 0], ['==', ['get', 'ring'], 0]];
const isNotCalm: Filter = ['!', isCalm];
const isNormal: ExpressionSpecification = ['==', ['get', 'rank'], 0];

/** The zoom from which every symbol shows the kind of its station. */
const nearZoom = 11;
const image: ExpressionSpecification = ['step', ['zoom'], ['get', 'far'], nearZoom, ['get', 'icon']];
const iconSize: ExpressionSpecification = [
  'interpolate',
  ['linear'],
  ['zoom'],
  7.5,
  ['case', isNormal, 0.6, 0.72],
  10.9,
  ['case', isNormal, 0.85, 0.9],
  nearZoom,
  ['case', isNormal, 0.62, 0.9],
  13,
  ['case', isNormal, 0.85, 1.05],
  16,
  ['case', isNormal, 1.1, 1.25],
];

/** What lies under the names of the units. */
export function calmLayers(): LayerSpecification[] {
  // Names keep clear of them.
  const layout = { 'icon-image': image, 'icon-size': iconSize, 'icon-ignore-placement': false };
  return [{ ...symbols('stations', layout), id: 'calm-stations', filter: isCalm }];
}

/** What lies above them. */
export function stationLayers(palette: Palette): LayerSpecification[] {
  return [
    ring('station-rings', 'stations', palette),
    ring('vehicle-rings', 'vehicles', palette),
    selection('station-selection', 'stations', palette),
    selection('vehicle-selection', 'vehicles', palette),
    symbols('vehicles', {
      'icon-image': image,
      'icon-size': ['interpolate', ['linear'], ['zoom'], 7.5, 0.42, 10.9, 0.6, nearZoom, 0.78, 13, 0.95, 16, 1.2],
      'icon-rotate': ['get', 'heading'],
      'icon-rotation-alignment': 'map',
    }),
    {
      ...symbols('vehicles', {
        'icon-image': ['get', 'glyph'],
        'icon-size': ['interpolate', ['linear'], ['zoom'], nearZoom, 0.78, 13, 0.95, 16, 1.2],
      }),
      id: 'vehicle-glyphs',
      minzoom: nearZoom,
    },
    { ...symbols('stations', { 'icon-image': image, 'icon-size': iconSize, 'icon-ignore-placement': false }), filter: isNotCalm },
  ];
}

function symbols(source: StationSource, layout: SymbolLayerSpecification['layout']): SymbolLayerSpecification {
  return {
    id: source,
    type: 'symbol',
    source,
    layout: {
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
      'symbol-sort-key': ['get', 'rank'],
      ...layout,
    },
  };
}

/** A ring around what has an open alert: full and broad while somebody has yet to acknowledge it, thin afterwards. */
export function ring(
  id: string,
  source: StationSource | 'cells',
  palette: Palette,
  radius: ExpressionSpecification = ['interpolate', ['linear'], ['zoom'], 7.5, 12, 12, 20, 15, 25],
): CircleLayerSpecification {
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
      'circle-radius': radius,
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
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 7.5, 17, 12, 26, 15, 31],
      'circle-color': palette.selection,
      'circle-opacity': 0.12,
      'circle-stroke-color': palette.selection,
      'circle-stroke-width': 2.5,
    },
  };
}

export const selectionLayers = ['station-selection', 'vehicle-selection'] as const;

export const selectionFilter = (id: string | null): ExpressionSpecification => ['==', ['get', 'id'], id ?? ''];

/** The names of the stations, from near; below the symbols, so that they keep clear of them. */
export function stationNameLayers(palette: Palette): LayerSpecification[] {
  const layer: SymbolLayerSpecification = {
    id: 'station-names',
    type: 'symbol',
    source: 'stations',
    minzoom: 12.8,
    layout: {
      'text-field': ['get', 'name'],
      'text-font': ['Inter Medium'],
      'text-size': 11,
      'text-anchor': 'top',
      'text-offset': ['case', ['>', ['get', 'ring'], 0], ['literal', [0, 2.1]], ['literal', [0, 1.3]]],
      'text-max-width': 9,
      'text-optional': true,
      'symbol-sort-key': ['-', 0, ['get', 'rank']],
    },
    paint: { 'text-color': palette.label, 'text-halo-color': palette.halo, 'text-halo-width': 1.4 },
  };
  return [layer];
}
