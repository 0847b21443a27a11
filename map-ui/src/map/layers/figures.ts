import type { LayerSpecification } from 'maplibre-gl';
import type { Palette } from '../palette';

/** The units coloured by a figure: the class of each comes as its state, the hatch over what is incomplete. */
export function figureLayers(palette: Palette): LayerSpecification[] {
  const classes = palette.figures.flatMap((colour, at) => [at, colour]);
  const filter = ['==', ['get', 'level'], ''] as ['==', ['get', string], string];
  return [
    {
      id: 'figures',
      type: 'fill',
      source: 'units',
      filter,
      layout: { visibility: 'none' },
      paint: {
        'fill-color': ['match', ['to-number', ['coalesce', ['feature-state', 'class'], -1]], ...classes, palette.land] as never,
        'fill-opacity': 0.85,
      },
    },
    {
      id: 'figures-incomplete',
      type: 'fill',
      source: 'units',
      filter,
      layout: { visibility: 'none' },
      paint: {
        'fill-pattern': 'hatch',
        'fill-opacity': ['case', ['==', ['feature-state', 'incomplete'], true], 1, 0],
      },
    },
  ];
}

/** Thin strokes for what a figure lacks, as an image that repeats. */
export function drawHatch(palette: Palette): ImageData {
  const side = 16;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (pen === null) throw new Error('this browser has no 2d canvas');
  pen.strokeStyle = palette.labelStrong;
  pen.globalAlpha = 0.75;
  pen.lineWidth = 2;
  for (const shift of [-side, 0, side]) {
    pen.beginPath();
    pen.moveTo(shift, side);
    pen.lineTo(shift + side, 0);
    pen.stroke();
  }
  return pen.getImageData(0, 0, side, side);
}
