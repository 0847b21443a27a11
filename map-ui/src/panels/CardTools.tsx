import { useApp } from '../app';
import { messages } from '../i18n';
import { closeCard } from '../state/choice';

interface Props {
  /** Where it is; without a place there is no way to it. */
  readonly place?: { readonly lon: number | null; readonly lat: number | null } | undefined;
}

/** What stands at the head of every card: the way to its place on the map, and the way out. */
export function CardTools({ place }: Props) {
  const { store, map } = useApp();
  const words = messages.value;
  const { lon, lat } = place ?? { lon: null, lat: null };
  return (
    <div class="card-tools">
      {lon !== null && lat !== null && (
        <button
          type="button"
          class="tool tool-square"
          aria-label={words.desk.showOnMap}
          title={words.desk.showOnMap}
          onClick={() => map.value?.flyTo(lon, lat)}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path class="symbol-line" d="M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12ZM12 2v5M12 17v5M2 12h5M17 12h5" />
          </svg>
        </button>
      )}
      <button
        type="button"
        class="tool tool-square"
        aria-label={words.app.close}
        title={words.app.close}
        data-testid="card-close"
        onClick={() => closeCard(store)}
      >
        ✕
      </button>
    </div>
  );
}
