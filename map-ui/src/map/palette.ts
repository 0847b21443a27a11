import { type Severity, severities } from '../wire/types';

/** The colours of the map, which the style sheet states once for the panels and the map. */
export interface Palette {
  readonly outside: string;
  readonly land: string;
  readonly lineLeaf: string;
  readonly lineMiddle: string;
  readonly lineTop: string;
  readonly label: string;
  readonly labelStrong: string;
  readonly halo: string;
  readonly symbol: string;
  readonly symbolLine: string;
  readonly selection: string;
  /** The classes of a map of figures, the lowest first. */
  readonly figures: readonly string[];
  readonly severity: Readonly<Record<Severity, { readonly fill: string; readonly ink: string }>>;
}

/** Read the colours of the present theme from the style sheet. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const severity = (word: Severity) => ({ fill: read(`${word}-fill`), ink: read(`${word}-ink`) });
  return {
    outside: read('map-outside'),
    land: read('map-land'),
    lineLeaf: read('map-line-leaf'),
    lineMiddle: read('map-line-middle'),
    lineTop: read('map-line-top'),
    label: read('map-label'),
    labelStrong: read('map-label-strong'),
    halo: read('map-halo'),
    symbol: read('map-symbol'),
    symbolLine: read('map-symbol-line'),
    selection: read('focus'),
    figures: [0, 1, 2, 3, 4].map((at) => read(`figure-${at}`)),
    severity: Object.fromEntries(severities.map((word) => [word, severity(word)])) as Palette['severity'],
  };
}
