import { effect } from '@preact/signals';
import type { App } from '../app';
import { addPoint, featuresOf, finish, preview } from '../state/drawing';
import type { MapView } from './view';

/** Lets the operator draw on the map while the tool is open, and shows what is drawn; returns the way to end it. */
export function followDrawing({ store }: App, view: MapView): () => void {
  const change = (next: (drawing: NonNullable<typeof store.drawing.value>) => typeof store.drawing.value) => {
    const drawing = store.drawing.peek();
    if (drawing !== null) store.drawing.value = next(drawing);
  };
  const offShown = effect(() => view.showDrawing(featuresOf(store.drawing.value)));
  const offPen = effect(() => {
    const drawing = store.drawing.value;
    const isDrawing = drawing !== null && !drawing.done && store.tool.value === 'draw';
    view.holdPen(
      isDrawing
        ? {
            onPoint: (place) => change((known) => addPoint(known, place)),
            onPointer: (place) => view.showDrawing(featuresOf(preview(drawing, place))),
            onFinish: () => change(finish),
          }
        : null,
    );
  });
  return () => {
    offShown();
    offPen();
  };
}
