import type { LayerSpecification } from 'maplibre-gl';

/** What grows with the type of the page: a wall of 3840 pixels is read from farther away than a desk's screen. */
const sizes = new Set(['icon-size', 'text-size', 'line-width', 'circle-radius', 'circle-stroke-width', 'text-halo-width']);

/** The layer with everything that has a size multiplied by `factor`. */
export function scaleLayer<T extends LayerSpecification>(layer: T, factor: number): T {
  const scaled = (group: object | undefined) =>
    Object.fromEntries(Object.entries(group ?? {}).map(([name, value]) => [name, sizes.has(name) ? scaleValue(value, factor) : value]));
  return {
    ...layer,
    ...('layout' in layer ? { layout: scaled(layer.layout) } : {}),
    ...('paint' in layer ? { paint: scaled(layer.paint) } : {}),
  };
}

/** A number, or the outcomes of an expression: of `interpolate` by zoom, which must stay outermost, and of `case`. */
function scaleValue(value: unknown, factor: number): unknown {
  if (typeof value === 'number') return value * factor;
  if (!Array.isArray(value)) return value;
  const [operator] = value;
  const isOutcome = (at: number): boolean => {
    if (operator === 'interpolate') return at > 3 && at % 2 === 0;
    return operator === 'case' && at > 0 && (at % 2 === 0 || at === value.length - 1);
  };
  return value.map((part, at) => (isOutcome(at) ? scaleValue(part, factor) : part));
}
