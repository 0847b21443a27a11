/** A layer of the catalogue that is shown on the map. */
export interface ShownLayer {
  readonly id: string;
  /** 0 to 1. */
  readonly opacity: number;
}

/** The shown layers, the uppermost first. */
export type ShownLayers = readonly ShownLayer[];

export const isShown = (shown: ShownLayers, id: string): boolean => shown.some((layer) => layer.id === id);

/** Show a layer above all others, or show it no longer. */
export function toggleLayer(shown: ShownLayers, id: string): ShownLayers {
  return isShown(shown, id) ? shown.filter((layer) => layer.id !== id) : [{ id, opacity: 1 }, ...shown];
}

export function setOpacity(shown: ShownLayers, id: string, opacity: number): ShownLayers {
  return shown.map((layer) => (layer.id === id ? { ...layer, opacity } : layer));
}

/** Move a layer up (-1) or down (1) by one place; at the end it stays. */
export function moveLayer(shown: ShownLayers, id: string, by: -1 | 1): ShownLayers {
  const from = shown.findIndex((layer) => layer.id === id);
  const to = from + by;
  const [moved, other] = [shown[from], shown[to]];
  if (moved === undefined || other === undefined) return shown;
  return shown.map((layer, at) => (at === from ? other : at === to ? moved : layer));
}

/** Read `trees,roads:0.5`; what is no layer or no opacity is left out. */
export function parseLayers(value: string | null): ShownLayers {
  return (value ?? '').split(',').flatMap((part) => {
    const [id = '', opacity = '1'] = part.split(':');
    const share = Number(opacity);
    return /^[a-z0-9-]+$/.test(id) && share >= 0 && share <= 1 ? [{ id, opacity: share }] : [];
  });
}

export const formatLayers = (shown: ShownLayers): string =>
  shown.map(({ id, opacity }) => (opacity === 1 ? id : `${id}:${Number(opacity.toFixed(2))}`)).join(',');
