import { useSignal } from '@preact/signals';
import { useApp } from '../app';
import { messages } from '../i18n';
import { parseDrawing } from '../state/drawing';

/** A circle by numbers: for the keyboard, and for a place that somebody dictates over the telephone. */
export function CircleForm() {
  const { store, map } = useApp();
  const words = messages.value.draw;
  const drawn = store.drawing.value;
  const [middle] = drawn?.points ?? [];
  // A circle that is there, such as one that a link brought, is what can be changed.
  const lat = useSignal(middle ? String(middle[1]) : '');
  const lon = useSignal(middle ? String(middle[0]) : '');
  const radius = useSignal(drawn?.done ? String(Math.round(drawn.radiusM)) : '500');
  const number = (text: string) => text.trim().replace(',', '.');
  const circle = parseDrawing(`circle:${number(lon.value)},${number(lat.value)},${number(radius.value)}`);
  const isComplete = [lat, lon, radius].every(({ value }) => value.trim() !== '') && circle !== null;
  const field = (name: 'lat' | 'lon' | 'radius', signal: { value: string }) => (
    <label>
      <span>{words[name]}</span>
      <input
        type="text"
        inputMode="decimal"
        value={signal.value}
        data-testid={`circle-${name}`}
        onInput={(event) => {
          signal.value = event.currentTarget.value;
        }}
      />
    </label>
  );
  return (
    <form
      class="circle-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) store.drawing.value = circle;
      }}
    >
      {field('lat', lat)}
      {field('lon', lon)}
      {field('radius', radius)}
      <button
        type="button"
        onClick={() => {
          const view = map.value?.view();
          const centre = middle ?? (view && [view.lon, view.lat]);
          if (centre === undefined) return;
          lon.value = Number(centre[0]).toFixed(5);
          lat.value = Number(centre[1]).toFixed(5);
        }}
      >
        {words.centre}
      </button>
      <button type="submit" disabled={!isComplete} data-testid="circle-apply">
        {words.apply}
      </button>
    </form>
  );
}
