import type { GlyphName } from '../symbols/glyphs';
import { glyphs } from '../symbols/glyphs';
import { arrow, glyphPlace, shapes } from '../symbols/shapes';
import type { StationState } from '../wire/types';

interface Props {
  readonly state: StationState;
  readonly glyph?: GlyphName;
  readonly stale?: boolean;
  readonly moving?: boolean;
  /** Only the outline: an alert that is over. */
  readonly hollow?: boolean;
}

/** The symbol of the map, for rows and legends. Only drawn: its meaning stands beside it in words. */
export function StateSymbol({ state, glyph, stale = false, moving = false, hollow = false }: Props) {
  const place = glyphPlace[state];
  const scale = place.size / 24;
  return (
    <svg
      class="symbol"
      data-state={state}
      data-stale={stale}
      data-hollow={hollow}
      viewBox="-1 -1 26 26"
      aria-hidden="true"
      focusable="false"
    >
      <path class="symbol-outline" d={moving ? arrow : shapes[state]} />
      {glyph && (
        <g transform={`translate(12 ${place.y}) scale(${scale}) translate(-12 -12)`}>
          <path class={glyphs[glyph].filled ? 'symbol-fill' : 'symbol-line'} d={glyphs[glyph].path} />
        </g>
      )}
    </svg>
  );
}

/** The drawing of a kind alone. */
export function KindIcon({ glyph }: { readonly glyph: GlyphName }) {
  return (
    <svg class="kind-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path class={glyphs[glyph].filled ? 'symbol-fill' : 'symbol-line'} d={glyphs[glyph].path} />
    </svg>
  );
}
