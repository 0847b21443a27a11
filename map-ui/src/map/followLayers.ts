import { effect } from '@preact/signals';
import type { StyleSpecification } from 'maplibre-gl';
import type { App } from '../app';
import { language } from '../i18n';
import { isCallError } from '../rest/client';
import type { OverlayState } from '../state/store';
import { list, record } from '../wire/guard';
import { type Overlay, overlayOfStyle, swatchesOf } from './overlay';
import type { Look } from './style';
import type { MapView } from './view';

const retryMs = 10_000;

/** Keeps the layers of the catalogue on the map as the store has them; returns the way to end it. */
export function followLayers({ rest, store }: App, view: MapView, look: () => Look): () => void {
  const styles = new Map<string, StyleSpecification>();
  const asked = new Set<string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const draw = () => {
    const { palette } = look();
    const overlays = store.layers.peek().flatMap(({ id, opacity }) => {
      const style = styles.get(`${id} ${language.peek()}`);
      return style === undefined ? [] : [overlayOfStyle(id, style, opacity, palette)];
    });
    view.setOverlays([...overlays].reverse());
    const known = new Map<string, OverlayState>(
      overlays.map((overlay: Overlay) => [overlay.id, { swatches: swatchesOf(overlay), why: null }]),
    );
    for (const [id, state] of store.overlays.peek()) if (!known.has(id) && state.why !== null) known.set(id, state);
    store.overlays.value = known;
  };
  const ask = (id: string, code: string) => {
    const key = `${id} ${code}`;
    if (asked.has(key)) return;
    asked.add(key);
    rest.get(`/ogc/collections/${encodeURIComponent(id)}/style.json?lang=${code}`, decodeStyle).then(
      (style) => {
        styles.set(key, style);
        draw();
      },
      (error) => {
        if (!isCallError(error)) throw error;
        store.overlays.value = new Map(store.overlays.peek()).set(id, { swatches: [], why: error.message });
        // Its tiles may just be drawn, or the service may be away.
        const timer = setTimeout(() => {
          timers.delete(timer);
          asked.delete(key);
          if (store.layers.peek().some((layer) => layer.id === id)) ask(id, code);
        }, retryMs);
        timers.add(timer);
      },
    );
  };
  const off = effect(() => {
    void store.theme.value;
    for (const { id } of store.layers.value) ask(id, language.value);
    draw();
  });
  return () => {
    off();
    for (const timer of timers) clearTimeout(timer);
  };
}

function decodeStyle(value: unknown): StyleSpecification {
  const { sources, layers } = record(value, 'style');
  record(sources, 'style.sources');
  list(layers, 'style.layers');
  return value as StyleSpecification;
}
