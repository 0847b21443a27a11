import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { severities } from '../../wire/types';
import type { Palette } from '../palette';
import { ring } from './stations';

const size = (from: number, to: number): ExpressionSpecification => ['interpolate', ['linear'], ['get', 'size'], 0, from, 3, to];

/** The cells in which stations are counted: the outline of the worst state, inside how many are not well over how many there are. */
export function cellLayers(palette: Palette): LayerSpecification[] {
  const inks = severities.flatMap((word, at) => [at + 1, palette.severity[word].ink]);
  const ink = ['match', ['get', 'rank'], ...inks, palette.labelStrong] as unknown as ExpressionSpecification;
  return [
    { ...ring('cell-rings', 'cells', palette, size(23, 37)) },
    {
      id: 'cells',
      type: 'symbol',
      source: 'cells',
      layout: {
        'icon-image': ['get', 'icon'],
        'icon-size': ['case', ['==', ['get', 'rank'], 0], size(1.2, 2.1), size(1.5, 2.5)],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'symbol-sort-key': ['get', 'rank'],
        'text-field': [
          'case',
          ['==', ['get', 'troubled'], ''],
          ['format', ['get', 'count'], {}],
          ['format', ['get', 'troubled'], { 'font-scale': 1.15 }, '\n', {}, ['get', 'count'], { 'font-scale': 0.75 }],
        ],
        'text-font': ['Inter SemiBold'],
        'text-size': size(10.5, 13),
        'text-line-height': 0.95,
        // The outline of "severe" is a triangle, whose middle lies low.
        'text-offset': ['case', ['==', ['get', 'rank'], 3], ['literal', [0, 0.45]], ['literal', [0, 0]]],
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': ink },
    },
  ];
}
