import { useSignal } from '@preact/signals';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { type Formats, pick } from '../i18n/format';
import { isCallError } from '../rest/client';
import type { Inside } from '../rest/inside';
import { sortAlerts } from '../state/alertOrder';
import { areaM2, type Drawing, type DrawingKind, finish, isInside, lengthM, newDrawing } from '../state/drawing';
import type { Alert, StationState } from '../wire/types';
import { CircleForm } from './CircleForm';
import { OfTime } from './OfTime';
import { StateSymbol } from './Symbol';
import { saveFile } from './saveFile';
import { useInside } from './useInside';

const kinds: readonly DrawingKind[] = ['line', 'polygon', 'circle'];
const listed = 8;

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
          {drawing.done && drawing.kind !== 'line' && <Contents drawing={drawing} />}
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

function Contents({ drawing }: { readonly drawing: Drawing }) {
  const { store } = useApp();
  const words = messages.value.draw;
  const { told: inside, failure } = useInside(drawing);
  const alerts = sortAlerts(store.alerts.value.byId.values()).filter(
    ({ lon, lat }) => lon !== null && lat !== null && isInside(drawing, [lon, lat]),
  );
  return (
    <div class="inside" data-testid="inside">
      <h3>{words.inside}</h3>
      {failure !== null && <p class="empty">{words.failed(failure)}</p>}
      <OfTime />
      <AlertsInside alerts={alerts} />
      <OfTime now />
      {inside === null && failure === null && <p class="empty">{messages.value.station.loading}</p>}
      {inside?.map((each) => (
        <Collection key={each.collection} inside={each} />
      ))}
    </div>
  );
}

function AlertsInside({ alerts }: { readonly alerts: readonly Alert[] }) {
  const app = useApp();
  const words = messages.value.draw;
  const { number } = app.formats.value;
  return (
    <section class="inside-part" aria-label={words.alerts}>
      <h4>
        {words.alerts} <b data-testid="inside-alerts">{number(alerts.length)}</b>
      </h4>
      <ul>
        {alerts.slice(0, listed).map((alert) => (
          <li key={alert.id}>
            <StateSymbol state={alert.severity} />
            <button type="button" class="link" onClick={() => app.open(alert.station)}>
              {pick(alert.title, language.value)} · {alert.stationName}
            </button>
          </li>
        ))}
        {alerts.length > listed && <li class="muted">{words.more(number(alerts.length - listed))}</li>}
      </ul>
    </section>
  );
}

const forms = [
  ['csv', 'CSV'],
  ['json', 'GeoJSON'],
  ['gpkg', 'GeoPackage'],
] as const;

function Collection({ inside }: { readonly inside: Inside }) {
  const app = useApp();
  const words = messages.value.draw;
  const failure = useSignal<string | null>(null);
  const { number } = app.formats.value;
  const title = inside.collection === 'stations' ? words.stations : inside.title;
  const open = (fid: string, name: string) => {
    if (inside.collection === 'stations') app.open(fid);
    else app.openPlace({ kind: 'feature', layer: inside.collection, fid, code: null, name, detail: inside.title });
  };
  const save = (form: string) => {
    failure.value = null;
    app.rest.file(`${inside.path}&f=${form}${form === 'json' ? '&limit=10000' : ''}`).then(
      (file) => saveFile(file, `${inside.collection}.${form === 'json' ? 'geojson' : form}`),
      (error) => {
        if (!isCallError(error)) throw error;
        failure.value = error.message;
      },
    );
  };
  return (
    <section class="inside-part" aria-label={title} data-testid={`inside-${inside.collection}`}>
      <h4>
        {title} <b>{number(inside.total)}</b>
      </h4>
      <ul>
        {inside.first.map(({ fid, name, state }) => (
          <li key={fid}>
            {state !== null && <StateSymbol state={state as StationState} />}
            <button type="button" class="link" onClick={() => open(fid, name)}>
              {name}
            </button>
          </li>
        ))}
        {inside.total > inside.first.length && <li class="muted">{words.more(number(inside.total - inside.first.length))}</li>}
      </ul>
      {inside.total > 0 && (
        <p class="inside-files">
          {forms.map(([form, name]) => (
            <button key={form} type="button" class="tool" aria-label={words.download(title, name)} onClick={() => save(form)}>
              ↓ {name}
            </button>
          ))}
        </p>
      )}
      {failure.value !== null && <p class="layer-why">{words.notSaved(failure.value)}</p>}
    </section>
  );
}
