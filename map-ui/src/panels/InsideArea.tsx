import { type Signal, useSignal } from '@preact/signals';
import { useApp, zoneOf } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { isCallError } from '../rest/client';
import type { Inside } from '../rest/inside';
import { isInSight } from '../state/alertChoice';
import { sortAlerts } from '../state/alertOrder';
import { type Drawing, isInside } from '../state/drawing';
import type { Alert, StationState } from '../wire/types';
import { fileName } from './download';
import { type FileForm, fetchInsideFile, fileForms } from './insideFile';
import { OfTime } from './OfTime';
import { StateSymbol } from './Symbol';
import { saveFile } from './saveFile';
import { useInside } from './useInside';

/** So many of each are listed at first. */
const listed = 8;

/** What lies inside an area: the open alerts, the worst first, then every collection that has something there. */
export function InsideArea({ drawing }: { readonly drawing: Drawing }) {
  const { store } = useApp();
  const words = messages.value.draw;
  const { told: inside, failure } = useInside(drawing);
  const alerts = sortAlerts(store.alerts.value.byId.values()).filter(
    (alert) => isInSight(alert) && alert.lon !== null && alert.lat !== null && isInside(drawing, [alert.lon, alert.lat]),
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
  const all = useSignal(false);
  return (
    <section class="inside-part" aria-label={words.alerts}>
      <h4>
        {words.alerts} <b data-testid="inside-alerts">{number(alerts.length)}</b>
      </h4>
      <ul>
        {(all.value ? alerts : alerts.slice(0, listed)).map((alert) => (
          <li key={alert.id}>
            <StateSymbol state={alert.severity} />
            <button type="button" class="link" onClick={() => app.openAlert(alert)}>
              {pick(alert.title, language.value)} · {alert.stationName}
            </button>
          </li>
        ))}
        <More all={all} left={alerts.length - listed} beyond={0} />
      </ul>
    </section>
  );
}

/** Shows the rest of a list; `beyond` more there are in the file alone. */
function More({ all, left, beyond }: { readonly all: Signal<boolean>; readonly left: number; readonly beyond: number }) {
  const words = messages.value.draw;
  const { number } = useApp().formats.value;
  if (all.value) return beyond > 0 ? <li class="muted">{words.inFile(number(beyond))}</li> : null;
  if (left <= 0) return null;
  return (
    <li>
      <button type="button" class="link" data-testid="inside-more" onClick={() => (all.value = true)}>
        {words.more(number(left + beyond))}
      </button>
    </li>
  );
}

function Collection({ inside }: { readonly inside: Inside }) {
  const app = useApp();
  const words = messages.value.draw;
  const failure = useSignal<string | null>(null);
  const all = useSignal(false);
  const { number } = app.formats.value;
  const title = inside.collection === 'stations' ? words.stations : inside.title;
  const open = (fid: string, name: string) => {
    if (inside.collection === 'stations') app.open(fid);
    else app.openPlace({ kind: 'feature', layer: inside.collection, fid, code: null, name, detail: inside.title });
  };
  // So that files of several areas can be told apart.
  const stamp = () => {
    const { clock, date } = app.formats.value;
    const now = app.store.present.peek();
    return `${date(now).split('/').reverse().join('-')} ${clock(now)}`;
  };
  const save = (form: FileForm) => {
    failure.value = null;
    fetchInsideFile(app.rest, inside, form, language.value, zoneOf(app.config.value)).then(
      (file) => saveFile(file, `${fileName('ioc', inside.collection, stamp())}.${form === 'json' ? 'geojson' : form}`),
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
      {inside.collection === 'stations' && inside.among < inside.total && <p class="muted">{words.among(number(inside.among))}</p>}
      <ul>
        {(all.value ? inside.first : inside.first.slice(0, listed)).map(({ fid, name, state }) => (
          <li key={fid}>
            {state !== null && <StateSymbol state={state as StationState} />}
            <button type="button" class="link" onClick={() => open(fid, name)}>
              {name}
            </button>
          </li>
        ))}
        <More all={all} left={inside.first.length - listed} beyond={inside.total - inside.first.length} />
      </ul>
      {inside.total > 0 && (
        <p class="inside-files">
          {fileForms.map(([form, name]) => (
            <button
              key={form}
              type="button"
              class="tool"
              aria-label={words.download(title, name)}
              data-testid={`inside-${inside.collection}-${form}`}
              onClick={() => save(form)}
            >
              ↓ {name}
            </button>
          ))}
        </p>
      )}
      {failure.value !== null && <p class="layer-why">{words.notSaved(failure.value)}</p>}
    </section>
  );
}
