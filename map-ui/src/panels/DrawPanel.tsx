import { useApp } from '../app';
import { messages } from '../i18n';
import type { Formats } from '../i18n/format';
import { areaM2, type Drawing, type DrawingKind, finish, lengthM, newDrawing } from '../state/drawing';
import { CircleForm } from './CircleForm';
import { InsideArea } from './InsideArea';

const kinds: readonly DrawingKind[] = ['line', 'polygon', 'circle'];

/** Measures a line or an area that is drawn on the map, and tells what lies inside it now. */
export function DrawPanel() {
  const { store, formats } = useApp();
  const words = messages.value.draw;
  const drawing = store.drawing.value;
  return (
    <div class="draw" data-testid="draw">
      <fieldset class="chips draw-kinds">
        <legend class="hidden">{words.heading}</legend>
        {kinds.map((kind) => (
          <button
            key={kind}
            type="button"
            class="chip"
            aria-pressed={drawing?.kind === kind}
            data-testid={`draw-${kind}`}
            onClick={() => {
              store.drawing.value = newDrawing(kind);
            }}
          >
            {words[kind]}
          </button>
        ))}
      </fieldset>
      {drawing !== null && (
        <>
          <p class="muted draw-hint">{words.hints[drawing.kind]}</p>
          {drawing.kind === 'circle' && <CircleForm />}
          <Measured drawing={drawing} formats={formats.value} />
          <div class="draw-buttons">
            {!drawing.done && drawing.kind !== 'circle' && (
              <button
                type="button"
                data-testid="draw-finish"
                onClick={() => {
                  store.drawing.value = finish(drawing);
                }}
              >
                {words.finish}
              </button>
            )}
            <button
              type="button"
              data-testid="draw-clear"
              onClick={() => {
                store.drawing.value = null;
              }}
            >
              {words.clear}
            </button>
          </div>
          {drawing.done && drawing.kind !== 'line' && <InsideArea drawing={drawing} />}
        </>
      )}
    </div>
  );
}

function Measured({ drawing, formats }: { readonly drawing: Drawing; readonly formats: Formats }) {
  const words = messages.value.draw;
  if (drawing.points.length === 0) return null;
  const [length, area] = [lengthM(drawing), areaM2(drawing)];
  return (
    <dl class="place-facts" data-testid="measured">
      {drawing.kind === 'circle' && (
        <>
          <dt>{words.radiusIs}</dt>
          <dd>{distanceText(drawing.radiusM, formats)}</dd>
        </>
      )}
      {drawing.kind !== 'circle' && (
        <>
          <dt>{drawing.kind === 'line' ? words.length : words.perimeter}</dt>
          <dd>{distanceText(length, formats)}</dd>
        </>
      )}
      {drawing.kind !== 'line' && (
        <>
          <dt>{words.area}</dt>
          <dd>{areaText(area, formats)}</dd>
        </>
      )}
    </dl>
  );
}

/** Metres below a kilometre. */
const distanceText = (metres: number, { number }: Formats): string =>
  metres < 1000 ? `${number(Math.round(metres))} m` : `${number(Math.round(metres / 10) / 100)} km`;

/** Square metres below a hectare, then hectares, then square kilometres. */
function areaText(square: number, { number }: Formats): string {
  if (square < 10_000) return `${number(Math.round(square))} m²`;
  if (square < 1_000_000) return `${number(Math.round(square / 100) / 100)} ha`;
  return `${number(Math.round(square / 10_000) / 100)} km²`;
}
