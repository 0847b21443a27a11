import type { Map as MapLibreMap, PointLike } from 'maplibre-gl';
import { caseClickLayers } from './layers/cases';
import { clickableLayers } from './layers/stations';
import { overlayOf } from './overlay';

/** What lies under the pointer. */
export interface Hit {
  readonly what: 'station' | 'cell' | 'feature' | 'unit' | 'cases';
  /** Of a station or a cell; of a feature its id in its layer, of a coloured unit its code, of open cases that of their cluster or none. */
  readonly id: string;
  /** The layer of a feature, and what it is told to be. */
  readonly layer?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Open cases that are drawn by themselves, and may lie on one another. */
  readonly subjects?: readonly string[];
  /** Pixels from the left and the top of the map. */
  readonly x: number;
  readonly y: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The worst station within `reach` pixels of a point, else open cases there, else the worst cell; else the feature or unit at the point. */
export function hitAt(map: MapLibreMap, { x, y }: Point, reach: number, overlays: readonly string[]): Hit | null {
  if (!map.isStyleLoaded() && !map.getLayer('stations')) return null;
  return nearHit(map, { x, y }, reach) ?? exactHit(map, { x, y }, overlays);
}

function nearHit(map: MapLibreMap, { x, y }: Point, reach: number): Hit | null {
  const box: [PointLike, PointLike] = [
    [x - reach, y - reach],
    [x + reach, y + reach],
  ];
  const cases = caseClickLayers.filter((id) => map.getLayer(id));
  const found = map.queryRenderedFeatures(box, { layers: [...clickableLayers, ...cases, 'cells'] });
  const worst = (of: (source: string) => boolean) =>
    found.filter(({ source }) => of(source)).reduce<(typeof found)[number] | null>(graver, null);
  const station = worst((source) => source === 'stations' || source === 'vehicles');
  if (station !== null) return { what: 'station', id: String(station.properties.id), x, y };
  const points = found.filter(({ layer }) => layer.id === 'case-points');
  if (points.length > 0) return { what: 'cases', id: '', subjects: points.map(({ properties }) => String(properties.subject)), x, y };
  const cluster = found.find(({ layer }) => layer.id === 'case-clusters');
  if (cluster !== undefined) return { what: 'cases', id: String(cluster.properties.cluster_id), properties: cluster.properties, x, y };
  const cell = worst((source) => source === 'cells');
  return cell && { what: 'cell', id: String(cell.properties.id), x, y };
}

type Drawn = ReturnType<MapLibreMap['queryRenderedFeatures']>[number];

const graver = (known: Drawn | null, next: Drawn): Drawn =>
  known === null || Number(next.properties.rank) > Number(known.properties.rank) ? next : known;

function exactHit(map: MapLibreMap, { x, y }: Point, overlays: readonly string[]): Hit | null {
  const [feature] = map.queryRenderedFeatures([x, y], { layers: [...overlays, 'figures'] });
  if (feature === undefined) return null;
  const layer = overlayOf(feature.layer.id);
  if (layer === null) return { what: 'unit', id: String(feature.properties.code), x, y };
  return { what: 'feature', id: String(feature.properties.fid), layer, properties: feature.properties, x, y };
}
