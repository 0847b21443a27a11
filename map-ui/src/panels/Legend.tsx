import { useSignal } from '@preact/signals';
import { useApp } from '../app';
import { messages } from '../i18n';
import { worstFirst } from '../state/severity';
import { type GlyphName, glyphOf } from '../symbols/glyphs';
import type { StationState } from '../wire/types';
import { KindIcon, StateSymbol } from './Symbol';

const states: readonly StationState[] = [...worstFirst, 'normal'];

/** What the symbols mean: the outline and colour by state, the drawing by kind, the ring by acknowledgement. */
export function Legend() {
  const words = messages.value;
  const open = useSignal(false);
  return (
    <section class="legend" data-open={open.value} aria-label={words.legend.heading}>
      <h2>
        <button
          type="button"
          class="legend-toggle"
          aria-expanded={open.value}
          data-testid="legend"
          onClick={() => (open.value = !open.value)}
        >
          {words.legend.heading}
        </button>
      </h2>
      {open.value && (
        <div class="legend-body">
          <h3>{words.legend.states}</h3>
          <ul>
            {states.map((state) => (
              <li key={state}>
                <StateSymbol state={state} />
                {state === 'normal' ? words.normal : words.severity[state]}
              </li>
            ))}
            <li>
              <StateSymbol state="normal" stale />
              {words.stale}
            </li>
            <li>
              <StateSymbol state="normal" moving />
              {words.legend.moving}
            </li>
          </ul>
          <h3>{words.legend.rings}</h3>
          <ul>
            <li>
              <span class="legend-ring" data-new="true" />
              {words.legend.unacknowledged}
            </li>
            <li>
              <span class="legend-ring" />
              {words.legend.acknowledged}
            </li>
          </ul>
          <h3>{words.legend.kinds}</h3>
          <ul>
            <Kinds />
          </ul>
        </div>
      )}
    </section>
  );
}

/** The kinds that are on the map now. */
function Kinds() {
  const { store } = useApp();
  void store.now.value;
  const present = new Set<GlyphName>();
  for (const row of store.stations.rows.values()) present.add(glyphOf(row.kind));
  const words = messages.value;
  return [...present].sort().map((glyph) => (
    <li key={glyph}>
      <KindIcon glyph={glyph} />
      {words.kind[glyph]}
    </li>
  ));
}
