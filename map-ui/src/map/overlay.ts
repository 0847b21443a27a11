import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Palette } from './palette';

/** A layer of the catalogue as the map draws it. */
export interface Overlay {
  readonly id: string;
  readonly sources: Readonly<Record<string, SourceSpecification>>;
  /** The lowest first. */
  readonly layers: readonly LayerSpecification[];
}

/** What a layer looks like in a legend: the colour of its areas, lines or points. */
export interface Swatch {
  readonly kind: 'area' | 'line' | 'point';
  readonly colour: string;
}

const prefix = 'overlay/';

/** The catalogue layer of which a layer or source of the map is a part; null for one of ours. */
export const overlayOf = (id: string): string | null => (id.startsWith(prefix) ? (id.split('/')[1] ?? null) : null);

/**
 * A published style in the colours of the page: without its ground, its ink and halo those of our names, in our fonts, and as faint as
 * wanted. The names of its parts begin with that of the layer, so that they are nobody else's.
 */
export function overlayOfStyle(id: string, style: StyleSpecification, opacity: number, palette: Palette): Overlay {
  const named = (name: string) => `${prefix}${id}/${name}`;
  const layers = style.layers.flatMap((layer) => {
    if (layer.type === 'background' || !('source' in layer) || typeof layer.source !== 'string') return [];
    return [faded(inked({ ...layer, id: named(layer.id), source: named(layer.source) }, palette), opacity)];
  });
  const sources = Object.fromEntries(Object.entries(style.sources).map(([name, source]) => [named(name), source]));
  return { id, sources, layers };
}

/** The published styles are for a light ground; what they draw in ink has our colours for lines and names. */
function inked(layer: LayerSpecification, palette: Palette): LayerSpecification {
  if (layer.type === 'symbol') {
    const paint = { ...layer.paint, 'text-color': palette.labelStrong, 'text-halo-color': palette.halo };
    return { ...layer, layout: { ...layer.layout, 'text-font': ['Inter Medium'] }, paint };
  }
  if (layer.type === 'line' && layer.paint?.['line-color'] === '#222222') {
    return { ...layer, paint: { ...layer.paint, 'line-color': palette.lineTop } };
  }
  if (layer.type === 'circle') return { ...layer, paint: { ...layer.paint, 'circle-stroke-color': palette.halo } };
  return layer;
}

const opacities: Partial<Record<LayerSpecification['type'], readonly string[]>> = {
  fill: ['fill-opacity'],
  line: ['line-opacity'],
  circle: ['circle-opacity', 'circle-stroke-opacity'],
  symbol: ['text-opacity', 'icon-opacity'],
};

function faded(layer: LayerSpecification, opacity: number): LayerSpecification {
  const paint: Record<string, unknown> = { ...('paint' in layer ? layer.paint : {}) };
  for (const name of opacities[layer.type] ?? []) {
    const own = paint[name] ?? 1;
    if (typeof own === 'number') paint[name] = own * opacity;
  }
  return { ...layer, paint } as LayerSpecification;
}

/** The swatches of an overlay, one of each kind. */
export function swatchesOf({ layers }: Overlay): Swatch[] {
  const found = new Map<Swatch['kind'], string>();
  for (const layer of layers) {
    const paint = ('paint' in layer ? layer.paint : {}) as Record<string, unknown>;
    const parts = { fill: 'area', line: 'line', circle: 'point' } as const;
    const kind = layer.type in parts ? parts[layer.type as keyof typeof parts] : undefined;
    const colour = paint[`${layer.type}-color`];
    if (kind !== undefined && typeof colour === 'string' && !found.has(kind)) found.set(kind, colour);
  }
  // The line around an area says nothing of its own.
  if (found.has('area')) found.delete('line');
  return [...found].map(([kind, colour]) => ({ kind, colour }));
}
