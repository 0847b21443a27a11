import type { ExpressionSpecification, GeoJSONSourceSpecification, LayerSpecification } from 'maplibre-gl';
import type { CasePlace } from '../../wire/cases';
import type { Palette } from '../palette';

/** The source of open cases with a place; give it `casePoints`. Far out, neighbours are drawn as one. */
export const caseSource = 'cases';

/** Nearer than that every case is drawn by itself. */
export const nearestClusterZoom = 15;

export const caseSourceSpec: GeoJSONSourceSpecification = {
  type: 'geojson',
  data: { type: 'FeatureCollection', features: [] },
  cluster: true,
  clusterRadius: 44,
  clusterMaxZoom: nearestClusterZoom,
  clusterProperties: { overdue: ['+', ['case', ['get', 'overdue'], 1, 0]] },
};

/** Layers that answer to a click. */
export const caseClickLayers = ['case-clusters', 'case-points'] as const;

export function casePoints(places: readonly CasePlace[]): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: places.map(({ lon, lat, subject, overdue }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [lon, lat] },
      properties: { subject, overdue },
    })),
  };
}

const isCluster: ExpressionSpecification = ['has', 'point_count'];

/** Circles with how many there are, one with an overdue case in it in the colour and with the broad edge of what is severe. */
export function caseLayers(palette: Palette): LayerSpecification[] {
  const isLate: ExpressionSpecification = ['case', isCluster, ['>', ['get', 'overdue'], 0], ['get', 'overdue']];
  const { severe, minor } = palette.severity;
  const fill: ExpressionSpecification = ['case', isLate, severe.fill, minor.fill];
  const paint = {
    'circle-color': fill,
    'circle-stroke-color': palette.halo,
    'circle-stroke-width': ['case', isLate, 3, 1.5] as ExpressionSpecification,
  };
  return [
    {
      id: 'case-clusters',
      type: 'circle',
      source: caseSource,
      filter: isCluster,
      paint: { ...paint, 'circle-radius': ['step', ['get', 'point_count'], 13, 10, 17, 50, 22, 200, 28] },
    },
    {
      id: 'case-counts',
      type: 'symbol',
      source: caseSource,
      filter: isCluster,
      layout: {
        'text-field': ['to-string', ['get', 'point_count']],
        'text-font': ['Inter SemiBold'],
        'text-size': 12,
        'text-allow-overlap': true,
      },
      paint: { 'text-color': ['case', isLate, severe.ink, minor.ink] },
    },
    { id: 'case-points', type: 'circle', source: caseSource, filter: ['!', isCluster], paint: { ...paint, 'circle-radius': 7 } },
  ];
}
