import type { StationState } from '../wire/types';

/**
 * The outline that says a state without its colour, as SVG path data in a 24 × 24 box: a circle while all is well,
 * then a square, a diamond, a triangle and an octagon as it gets worse.
 */
export const shapes: Readonly<Record<StationState, string>> = {
  normal: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  minor: 'M5.5 3.5h13a2 2 0 0 1 2 2v13a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2Z',
  moderate: 'M12 .8 23.2 12 12 23.2.8 12Z',
  severe: 'M12 1.2 23.5 21.5H.5Z',
  extreme: 'M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4Z',
};

/** Where the drawing of the kind stands inside the outline: its middle from the top, and its size. */
export const glyphPlace: Readonly<Record<StationState, { readonly y: number; readonly size: number }>> = {
  normal: { y: 12, size: 11 },
  minor: { y: 12, size: 12 },
  moderate: { y: 12, size: 11 },
  severe: { y: 14.8, size: 9.5 },
  extreme: { y: 12, size: 13 },
};

/** A round badge with a beak that points north: a moving vehicle, turned to its heading. */
export const arrow = 'M12 .5 16.8 5.6A8.6 8.6 0 1 1 7.2 5.6Z';
export const arrowGlyphPlace = { y: 12.8, size: 9.5 };

/** From afar: a dot for what stands still and is well, a plain arrowhead for what moves. */
export const dot = 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z';
export const arrowhead = 'M12 2.5 19 20.5 12 16.8 5 20.5Z';
