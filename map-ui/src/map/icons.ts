import { type GlyphName, glyphs } from '../symbols/glyphs';
import { arrow, arrowGlyphPlace, arrowhead, dot, glyphPlace, shapes } from '../symbols/shapes';
import type { StationState } from '../wire/types';
import type { Palette } from './palette';

/** Pixels of the image for one pixel of the map, so that symbols stay sharp on dense screens. */
export const iconPixelRatio = 3;

const size = 28;

/**
 * From near: the whole symbol of a station; of a vehicle its badge, which turns, and the drawing on it, which does not. From afar: a dot,
 * an arrowhead. Of a cell the outline of its worst state, in which its number is written.
 */
const parts = ['station', 'arrow', 'glyph', 'dot', 'arrowhead', 'cell'] as const;

export interface Icon {
  readonly part: (typeof parts)[number];
  readonly glyph: GlyphName;
  readonly state: StationState;
  readonly stale: boolean;
}

/** The names of the images, which say what is drawn: `station|rain|severe|fresh`. */
export const iconName = (icon: Icon): string => [icon.part, icon.glyph, icon.state, icon.stale ? 'stale' : 'fresh'].join('|');

/** The reverse of `iconName`; null for a name of another origin. */
export function parseIconName(name: string): Icon | null {
  const [part, glyph, state, age] = name.split('|');
  const known = parts.find((word) => word === part);
  if (known === undefined || glyph === undefined || !(glyph in glyphs) || state === undefined || !(state in shapes)) return null;
  return { part: known, glyph: glyph as GlyphName, state: state as StationState, stale: age === 'stale' };
}

/** Draw the symbol: the outline by state, the drawing by kind, hollow and dashed where the station has fallen silent. */
export function drawIcon(icon: Icon, palette: Palette): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * iconPixelRatio;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (pen === null) throw new Error('this browser has no 2d canvas');
  const scale = (size / 24) * iconPixelRatio;
  // One pixel is left free around the outline for its line.
  pen.setTransform(scale * 0.9, 0, 0, scale * 0.9, scale * 1.2, scale * 1.2);
  if (icon.part !== 'glyph') drawOutline(pen, icon, palette);
  if (icon.part === 'station' || icon.part === 'glyph') drawGlyph(pen, icon, palette);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function drawOutline(pen: CanvasRenderingContext2D, { part, state, stale }: Icon, palette: Palette): void {
  const outline = new Path2D({ arrow, arrowhead, dot, station: shapes[state], cell: shapes[state], glyph: '' }[part]);
  pen.lineJoin = 'round';
  const isFar = part === 'dot' || part === 'arrowhead';
  const calm = isFar && !stale ? palette.symbolLine : palette.symbol;
  pen.fillStyle = state === 'normal' || stale ? calm : palette.severity[state].fill;
  pen.fill(outline);
  pen.strokeStyle = isFar && !stale ? palette.halo : lineColour(state, stale, palette);
  pen.lineWidth = 1.6;
  if (stale) pen.setLineDash([2.6, 2.2]);
  pen.stroke(outline);
  pen.setLineDash([]);
}

function lineColour(state: StationState, stale: boolean, palette: Palette): string {
  if (state === 'normal') return palette.symbolLine;
  return stale ? palette.severity[state].fill : palette.symbol;
}

function drawGlyph(pen: CanvasRenderingContext2D, { part, glyph, state, stale }: Icon, palette: Palette): void {
  const { path, filled } = glyphs[glyph];
  const place = part === 'glyph' ? arrowGlyphPlace : glyphPlace[state];
  pen.save();
  // A vehicle's badge turns about the middle of its image, so its drawing stands in that middle.
  pen.translate(12, part === 'glyph' ? 12 : place.y);
  pen.scale(place.size / 24, place.size / 24);
  pen.translate(-12, -12);
  const colour = state === 'normal' ? palette.symbolLine : stale ? palette.severity[state].fill : palette.severity[state].ink;
  pen.globalAlpha = stale ? 0.75 : 1;
  pen.fillStyle = pen.strokeStyle = colour;
  pen.lineWidth = 3;
  pen.lineCap = pen.lineJoin = 'round';
  if (filled) pen.fill(new Path2D(path));
  else pen.stroke(new Path2D(path));
  pen.restore();
}
