import type { LayerSpecification } from 'maplibre-gl';
import type { Palette } from '../palette';

/** What the operator draws: an area, its rim or a line, and its corners. */
export function drawingLayers(palette: Palette): LayerSpecification[] {
  const source = 'drawing';
  const colour = palette.selection;
  return [
    {
      id: 'drawing-area',
      type: 'fill',
      source,
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': colour, 'fill-opacity': 0.12 },
    },
    {
      id: 'drawing-line',
      type: 'line',
      source,
      filter: ['!=', ['geometry-type'], 'Point'],
      paint: { 'line-color': colour, 'line-width': 2.5, 'line-dasharray': [2, 1.5] },
    },
    {
      id: 'drawing-corners',
      type: 'circle',
      source,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 4.5, 'circle-color': colour, 'circle-stroke-color': palette.halo, 'circle-stroke-width': 1.5 },
    },
  ];
}
