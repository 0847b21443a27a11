import type { LayerSpecification } from 'maplibre-gl';
import type { Palette } from '../palette';

/** The outline of the selected unit or feature, whatever its kind of geometry. */
export function outlineLayers(palette: Palette): LayerSpecification[] {
  const source = 'outline';
  return [
    {
      id: 'outline-area',
      type: 'fill',
      source,
      filter: ['in', ['geometry-type'], ['literal', ['Polygon', 'MultiPolygon']]],
      paint: { 'fill-color': palette.selection, 'fill-opacity': 0.1 },
    },
    {
      id: 'outline-line',
      type: 'line',
      source,
      filter: ['!', ['in', ['geometry-type'], ['literal', ['Point', 'MultiPoint']]]],
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.selection, 'line-width': 3 },
    },
    {
      id: 'outline-point',
      type: 'circle',
      source,
      filter: ['in', ['geometry-type'], ['literal', ['Point', 'MultiPoint']]],
      paint: {
        'circle-radius': 14,
        'circle-color': palette.selection,
        'circle-opacity': 0.12,
        'circle-stroke-color': palette.selection,
        'circle-stroke-width': 2.5,
      },
    },
  ];
}
