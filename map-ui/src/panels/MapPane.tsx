import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';
import { startScene } from '../map/scene';
import type { Hit } from '../map/view';
import { parseLink } from '../state/link';
import { isStale } from '../state/stations';
import { FrozenBanner } from './ConnectionBadge';
import { Legend } from './Legend';
import { stateName } from './wording';

interface Props {
  readonly onMove: (view: { lon: number; lat: number; zoom: number }) => void;
}

export function MapPane({ onMove }: Props) {
  const app = useApp();
  const words = messages.value;
  const box = useRef<HTMLDivElement>(null);
  const hover = useSignal<Hit | null>(null);
  const failure = useSignal<string | null>(null);
  const configured = app.config.value !== null;
  useEffect(() => {
    if (box.current === null || !configured) return;
    return startScene(app, {
      container: box.current,
      view: parseLink(location.hash).view,
      onMove,
      onHover: (hit) => {
        hover.value = hit;
      },
      onUnits: (why) => {
        failure.value = why;
      },
    });
  }, [configured]);
  return (
    <section class="map-pane" id="map" aria-label={words.app.map}>
      <div ref={box} class="map" data-testid="map" />
      <FrozenBanner />
      {failure.value !== null && (
        <p class="banner banner-low" role="status">
          {words.app.unitsFailed(failure.value)}
        </p>
      )}
      {hover.value && <Tooltip hit={hover.value} />}
      <div class="map-tools">
        <button type="button" aria-label={words.zoomIn} title={words.zoomIn} onClick={() => app.map.value?.zoomBy(1)}>
          +
        </button>
        <button type="button" aria-label={words.zoomOut} title={words.zoomOut} onClick={() => app.map.value?.zoomBy(-1)}>
          −
        </button>
        <button
          type="button"
          aria-label={words.app.wholeArea}
          title={words.app.wholeArea}
          data-testid="home"
          onClick={() => app.map.value?.showAll()}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path class="symbol-line" d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />
          </svg>
        </button>
      </div>
      <Legend />
    </section>
  );
}

/** The name and state of what is under the pointer. */
function Tooltip({ hit }: { readonly hit: Hit }) {
  const { store } = useApp();
  const row = store.stations.rows.get(hit.id);
  if (row === undefined) return null;
  const stale = isStale(row, store.now.value + store.connection.value.skewMs);
  return (
    <div class="tooltip" style={{ left: `${hit.x}px`, top: `${hit.y}px` }} aria-hidden="true">
      <b>{row.name}</b>
      <span data-severity={row.state}>{stateName(row, stale, messages.value)}</span>
    </div>
  );
}
