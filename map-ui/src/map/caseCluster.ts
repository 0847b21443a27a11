import type { GeoJSONSource } from 'maplibre-gl';
import { nearestClusterZoom } from './layers/cases';

const mostListed = 500;

/** What a cluster opens to: the zoom at which it falls apart, or its cases where no zoom that clusters does that. */
export type OpenedCluster = { readonly zoom: number } | { readonly subjects: readonly string[] };

export async function openCluster(source: GeoJSONSource, id: number): Promise<OpenedCluster> {
  const zoom = await source.getClusterExpansionZoom(id);
  if (zoom <= nearestClusterZoom) return { zoom };
  const leaves = await source.getClusterLeaves(id, mostListed, 0);
  return { subjects: leaves.map(({ properties }) => String(properties?.subject)) };
}
