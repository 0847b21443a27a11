import { effect } from '@preact/signals';
import type { App } from '../app';
import { classOf, isIncomplete } from '../state/figures';
import type { MapView } from './view';

/** Keeps the colours of the units as the figures say; returns the way to end it. */
export function followFigures({ store }: App, view: MapView): () => void {
  return effect(() => {
    const shown = store.figures.value;
    if (shown?.table == null) {
      view.colourUnits(null, new Map());
      return;
    }
    const { breaks, table } = shown;
    const states = new Map(
      [...table.figures].map(([code, figure]) => [
        code,
        { class: figure.value === null ? -1 : classOf(figure.value, breaks), incomplete: isIncomplete(figure) },
      ]),
    );
    view.colourUnits(shown.level, states);
  });
}
