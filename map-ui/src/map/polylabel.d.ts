declare module 'polylabel' {
  /** The point inside a polygon that lies farthest from its outline. */
  export default function polylabel(polygon: number[][][], precision?: number): number[];
}
