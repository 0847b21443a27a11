import { useApp } from '../app';
import { language, messages } from '../i18n';
import { fetchLayers } from '../rest/places';
import { isShown, moveLayer, setOpacity, toggleLayer } from '../state/layers';
import type { LayerRef } from '../wire/place';
import { CaseLayers } from './CaseLayers';
import { useAsked } from './useAsked';

/** The layers of the catalogue: which are shown, how strong, and in which order. */
export function LayersPanel() {
  const { store } = useApp();
  const words = messages.value.layers;
  const { layers, why } = useLayers();
  const shown = store.layers.value;
  const known = new Map(layers.map((layer) => [layer.id, layer]));
  const others = layers.filter((layer) => !isShown(shown, layer.id));
  return (
    <div class="layers" data-testid="layers">
      {why !== null && <p class="empty">{words.failed(why)}</p>}
      {why === null && layers.length === 0 && <p class="empty">{messages.value.station.loading}</p>}
      {shown.length > 0 && <h3>{words.shown}</h3>}
      <ul>
        {shown.map(({ id, opacity }, at) => (
          <ShownRow key={id} id={id} opacity={opacity} layer={known.get(id)} isFirst={at === 0} isLast={at === shown.length - 1} />
        ))}
      </ul>
      {others.length > 0 && <h3>{words.others}</h3>}
      <ul>
        {others.map((layer) => (
          <li key={layer.id} class="layer">
            <LayerSwitch layer={layer} />
          </li>
        ))}
      </ul>
      <CaseLayers />
    </div>
  );
}

/** The published layers in the language of the page; `why` says what went wrong. */
function useLayers(): { layers: readonly LayerRef[]; why: string | null } {
  const { rest } = useApp();
  const code = language.value;
  const { told, failure } = useAsked('layers', (signal) => fetchLayers(rest, code, signal), [code]);
  const layers = told?.filter((layer) => !layer.live) ?? [];
  return { layers, why: failure ?? (told !== null && layers.length === 0 ? messages.value.layers.none : null) };
}

function LayerSwitch({ layer }: { readonly layer: LayerRef }) {
  const { store, formats } = useApp();
  const words = messages.value.layers;
  const on = isShown(store.layers.value, layer.id);
  return (
    <label class="layer-switch">
      <input
        type="checkbox"
        checked={on}
        aria-label={on ? words.hide(layer.title) : words.show(layer.title)}
        data-testid={`layer-${layer.id}`}
        onChange={() => {
          store.layers.value = toggleLayer(store.layers.value, layer.id);
        }}
      />
      <span>
        {layer.title}
        <span class="muted">{words.count(formats.value.number(layer.count))}</span>
      </span>
    </label>
  );
}

interface RowProps {
  readonly id: string;
  readonly opacity: number;
  readonly layer: LayerRef | undefined;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function ShownRow({ id, opacity, layer, isFirst, isLast }: RowProps) {
  const { store, map } = useApp();
  const words = messages.value.layers;
  const title = layer?.title ?? id;
  const { swatches, why } = store.overlays.value.get(id) ?? { swatches: [], why: null };
  const move = (by: -1 | 1) => {
    store.layers.value = moveLayer(store.layers.value, id, by);
  };
  const box = layer?.bbox ?? null;
  return (
    <li class="layer" data-testid={`shown-${id}`}>
      <div class="layer-head">
        <span class="layer-swatches" aria-hidden="true">
          {swatches.map(({ kind, colour }) => (
            <svg key={kind} viewBox="0 0 16 16" aria-hidden="true" focusable="false" data-kind={kind}>
              {kind === 'area' && <rect x="1.5" y="1.5" width="13" height="13" fill={colour} fill-opacity="0.35" stroke={colour} />}
              {kind === 'line' && <path d="M1 12L6 5l4 5 5-7" fill="none" stroke={colour} stroke-width="2" />}
              {kind === 'point' && <circle cx="8" cy="8" r="5" fill={colour} />}
            </svg>
          ))}
        </span>
        {layer ? <LayerSwitch layer={layer} /> : <span>{title}</span>}
      </div>
      {why !== null && <p class="layer-why">{words.notDrawn(why)}</p>}
      <div class="layer-tools">
        <input
          type="range"
          min="0.1"
          max="1"
          step="0.05"
          value={opacity}
          aria-label={words.opacity(title)}
          data-testid={`opacity-${id}`}
          onInput={(event) => {
            store.layers.value = setOpacity(store.layers.value, id, event.currentTarget.valueAsNumber);
          }}
        />
        <button
          type="button"
          class="tool tool-square"
          aria-label={words.up(title)}
          title={words.up(title)}
          disabled={isFirst}
          onClick={() => move(-1)}
        >
          ↑
        </button>
        <button
          type="button"
          class="tool tool-square"
          aria-label={words.down(title)}
          title={words.down(title)}
          disabled={isLast}
          onClick={() => move(1)}
        >
          ↓
        </button>
        {box && (
          <button
            type="button"
            class="tool tool-square"
            aria-label={words.zoomTo(title)}
            title={words.zoomTo(title)}
            onClick={() => map.value?.enter(box)}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path class="symbol-line" d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />
            </svg>
          </button>
        )}
      </div>
      {layer && (
        <p class="muted layer-about">
          {[layer.owner, layer.licence].filter(Boolean).join(' · ')}{' '}
          <a href={`/ogc/collections/${encodeURIComponent(id)}?f=html&lang=${language.value}`} target="_blank" rel="noreferrer">
            {words.about}
          </a>
        </p>
      )}
    </li>
  );
}
