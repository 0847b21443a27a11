import type { LayerSpecification, SourceSpecification } from 'maplibre-gl';
import type { Config } from '../../wire/types';
import type { Palette } from '../palette';

/** The plain ground, and over it the online base map where the centre has set one. */
export function groundLayers(palette: Palette, baseMap: Config['baseMap']): LayerSpecification[] {
  const ground: LayerSpecification = { id: 'ground', type: 'background', paint: { 'background-color': palette.outside } };
  if (baseMap === null) return [ground];
  // Greyed and dimmed, so that colour stays for the state of things.
  const base: LayerSpecification = {
    id: 'base-map',
    type: 'raster',
    source: 'base-map',
    paint: { 'raster-saturation': -0.8, 'raster-opacity': 0.55 },
  };
  return [ground, base];
}

export function groundSources(baseMap: Config['baseMap']): Record<string, SourceSpecification> {
  if (baseMap === null) return {};
  return { 'base-map': { type: 'raster', tiles: [...baseMap.tiles], tileSize: 256, attribution: baseMap.attribution } };
}
