import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import type { Hit } from '../map/hit';
import { startScene } from '../map/scene';
import { warmUp } from '../map/view';
import { parseLink } from '../state/link';
import { nameOf } from '../state/places';
import { rank, worstFirst } from '../state/severity';
import { isStale } from '../state/stations';
import { FrozenBanner } from './ConnectionBadge';
import { Dock, ToolButtons } from './Dock';
import { FigureLegend } from './FigureLegend';
import { Legend } from './Legend';
import { TimeBar } from './TimeBar';
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
  useEffect(warmUp, []);
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
      <Dock />
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
      <ToolButtons />
      <Legend />
      <FloatingLegend />
      <TimeBar />
    </section>
  );
}

/** What the colours of the units mean, where the panel that says so is closed. */
function FloatingLegend() {
  const { store } = useApp();
  if (store.choropleth.value === null || store.figures.value === null || store.tool.value === 'figures') return null;
  return (
    <section class="floating-legend" aria-label={messages.value.choropleth.heading} data-testid="floating-legend">
      <FigureLegend />
    </section>
  );
}

/** The name and state of what is under the pointer, or how many are in which state. */
function Tooltip({ hit }: { readonly hit: Hit }) {
  const { store } = useApp();
  if (hit.what === 'cell') return <CellTooltip hit={hit} />;
  if (hit.what === 'cases') return <CasesTooltip hit={hit} />;
  if (hit.what !== 'station') return <PlaceTooltip hit={hit} />;
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

function CellTooltip({ hit }: { readonly hit: Hit }) {
  const { store, formats } = useApp();
  const words = messages.value;
  const cell = store.cells.value?.get(hit.id);
  if (cell === undefined) return null;
  const { number } = formats.value;
  return (
    <div class="tooltip" style={{ left: `${hit.x}px`, top: `${hit.y}px` }} aria-hidden="true">
      <b>{words.map.stations(number(cell.count))}</b>
      {worstFirst.map((severity) => {
        const count = cell.states[rank(severity)] ?? 0;
        return count > 0 && <span key={severity}>{`${words.severity[severity]}: ${number(count)}`}</span>;
      })}
      <span>{words.map.nearer}</span>
    </div>
  );
}

/** How many open cases there are. */
function CasesTooltip({ hit }: { readonly hit: Hit }) {
  const { store } = useApp();
  const words = messages.value.pages;
  const { subjects, properties } = hit;
  const late = store.casePlaces.value?.filter(({ subject, overdue }) => overdue && subjects?.includes(subject)).length ?? 0;
  const [open, overdue] = subjects ? [subjects.length, late] : [Number(properties?.point_count), Number(properties?.overdue)];
  return (
    <div class="tooltip" style={{ left: `${hit.x}px`, top: `${hit.y}px` }} aria-hidden="true">
      <b>{words.casesCount(open, overdue)}</b>
      <span>{words.casesHint}</span>
    </div>
  );
}

/** The name of a coloured unit with its figure, or of a feature. */
function PlaceTooltip({ hit }: { readonly hit: Hit }) {
  const { store, formats } = useApp();
  const words = messages.value.choropleth;
  const unit = hit.what === 'unit' ? store.units.value.find(({ code }) => code === hit.id) : undefined;
  const figure = unit && store.figures.value?.table?.figures.get(unit.code);
  const name = unit ? (language.value === 'vi' ? unit.nameVi : unit.nameEn) : nameOf(hit.properties ?? {}, hit.id, language.value);
  const { number } = formats.value;
  return (
    <div class="tooltip" style={{ left: `${hit.x}px`, top: `${hit.y}px` }} aria-hidden="true">
      <b>{name}</b>
      {unit && <span>{figure?.value == null ? words.noValue : number(figure.value)}</span>}
      {figure?.share != null && <span>{`${words.complete}: ${number(Math.floor(figure.share * 100))}%`}</span>}
    </div>
  );
}
