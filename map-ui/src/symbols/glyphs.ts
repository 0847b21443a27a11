/** Drawings of the kinds of stations, as SVG path data in a 24 × 24 box; the map and the panels draw the same ones. */

export type GlyphName =
  | 'water'
  | 'rain'
  | 'air'
  | 'salinity'
  | 'traffic'
  | 'bus'
  | 'ambulance'
  | 'vehicle'
  | 'light'
  | 'waste'
  | 'camera'
  | 'power'
  | 'telecom'
  | 'other';

export interface Glyph {
  readonly path: string;
  /** Filled, or drawn with a line. */
  readonly filled: boolean;
}

const line = (path: string): Glyph => ({ path, filled: false });
const fill = (path: string): Glyph => ({ path, filled: true });

export const glyphs: Readonly<Record<GlyphName, Glyph>> = {
  water: line('M2 9c2.5-3.2 4.5-3.2 6.7 0s4.2 3.2 6.6 0 4.2-3.2 6.7 0M2 17c2.5-3.2 4.5-3.2 6.7 0s4.2 3.2 6.6 0 4.2-3.2 6.7 0'),
  rain: fill('M12 2.5C12 2.5 5 10.8 5 15.2a7 7 0 0 0 14 0C19 10.8 12 2.5 12 2.5Z'),
  air: line('M3 9h11.5a3.2 3.2 0 1 0-3-4.2M3 14h15.5a3.2 3.2 0 1 1-3 4.2M3 19h7'),
  salinity: line('M12 3l7.8 4.5v9L12 21l-7.8-4.5v-9zM12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9'),
  traffic: line('M4 17v-5l2.5-5.5h11L20 12v5zM4 12h16M7 20.5V17M17 20.5V17'),
  bus: line('M5.5 4h13v13h-13zM5.5 11h13M8.5 20.5V17M15.5 20.5V17'),
  ambulance: fill('M9 2.5h6V9h6.5v6H15v6.5H9V15H2.5V9H9z'),
  vehicle: fill('M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z'),
  light: line('M9 17.5h6M10 21h4M8.5 14.5a6 6 0 1 1 7 0c-.5.6-.5 1.5-.5 3H9c0-1.5 0-2.4-.5-3z'),
  waste: line('M4 7h16M9.5 7V3.5h5V7M6.5 7l1 13.5h9l1-13.5'),
  camera: line('M2.5 7h12.5v10H2.5zM15 11.5l6.5-3.5v8L15 12.5'),
  power: fill('M13.5 1.5 4.5 13.5h5.5L9 22.5 19.5 10h-6z'),
  telecom: line(
    'M12 13v8.5M7.5 21.5h9M8.3 16a5.5 5.5 0 0 1 0-7.5M15.7 16a5.5 5.5 0 0 0 0-7.5M5 19a10 10 0 0 1 0-13.5M19 19a10 10 0 0 0 0-13.5',
  ),
  other: fill('M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12Z'),
};

/** Words that occur in the kinds which field systems give, in the order in which they are tried. */
const words: readonly (readonly [string, GlyphName])[] = [
  ['rain', 'rain'],
  ['salin', 'salinity'],
  ['river', 'water'],
  ['stream', 'water'],
  ['water', 'water'],
  ['tide', 'water'],
  ['air', 'air'],
  ['traffic', 'traffic'],
  ['ambulance', 'ambulance'],
  ['bus', 'bus'],
  ['light', 'light'],
  ['waste', 'waste'],
  ['bin', 'waste'],
  ['camera', 'camera'],
  ['cctv', 'camera'],
  ['telecom', 'telecom'],
  ['bts', 'telecom'],
  ['power', 'power'],
  ['vehicle', 'vehicle'],
  ['truck', 'vehicle'],
  ['car', 'vehicle'],
];

/** The drawing for a kind of station; an unknown kind has a plain dot. */
export function glyphOf(kind: string): GlyphName {
  const lower = kind.toLowerCase();
  return words.find(([word]) => lower.includes(word))?.[1] ?? 'other';
}
