import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick, shortUnitPath, unitPath } from '../i18n/format';
import { isCleared } from '../state/alerts';
import { worstFirst } from '../state/severity';
import { nextView, tellWall, type WallStory, type WallView } from '../state/wall';
import type { Alert } from '../wire/types';
import { Ago } from './Ago';
import { AlertMeasure, statusOf } from './AlertRow';
import { ConnectionBadge } from './ConnectionBadge';
import { Clock, Counters, DataAge } from './Header';
import { StateSymbol } from './Symbol';
import { toggleWall } from './wallMode';
import { subjectName } from './wording';

const everyMs = 20_000;
/** In the unit of type: what stands above and below the lines of a view, and the height of a line. */
const aroundRem = 15;
const alertRem = 6;
const areaRem = 2.9;

/** How many lines of a height fit the wall, three at least. */
function linesThatFit(rem: number): number {
  const pixels = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.max(3, Math.floor((innerHeight / pixels - aroundRem) / rem));
}

/** What lies over the map on a wall: how things stand in large type, and one view after the other. */
export function Wall() {
  const { store, map } = useApp();
  const words = messages.value.wall;
  const view = useSignal<WallView>('map');
  const paused = useSignal(false);
  const table = store.alerts.value;
  const story = useMemo(() => tellWall(table.byId.values()), [table]);
  const go = () => {
    view.value = nextView(view.peek(), tellWall(store.alerts.peek().byId.values()));
  };
  // Who leaves the wall finds the map as it was.
  useEffect(() => {
    const before = map.peek()?.view();
    return () => {
      if (before) map.peek()?.goTo(before);
    };
  }, []);
  useEffect(() => {
    if (paused.value) return;
    const timer = setInterval(go, everyMs);
    return () => clearInterval(timer);
  }, [paused.value]);
  useEffect(() => {
    const worst = tellWall(store.alerts.peek().byId.values()).worst;
    if (view.value === 'map') map.value?.showAll();
    if (view.value === 'worst' && worst?.lon != null && worst.lat != null) map.value?.flyTo(worst.lon, worst.lat);
  }, [view.value, map.value]);
  return (
    <section class="wall" data-view={view.value} data-testid="wall" aria-label={words.label}>
      <header class="wall-head">
        <Counters />
        <ConnectionBadge />
        <DataAge />
        <Clock />
      </header>
      <h1 class="wall-title">{words.views[view.value]}</h1>
      <WallBody view={view.value} story={story} />
      <div class="wall-tools">
        <button
          type="button"
          class="tool"
          data-testid="wall-pause"
          aria-pressed={paused.value}
          onClick={() => (paused.value = !paused.value)}
        >
          {paused.value ? words.go : words.pause}
        </button>
        <button type="button" class="tool" data-testid="wall-next" onClick={go}>
          {words.next}
        </button>
        <button type="button" class="tool" data-testid="wall-close" onClick={toggleWall}>
          {words.close}
        </button>
      </div>
    </section>
  );
}

function WallBody({ view, story }: { readonly view: WallView; readonly story: WallStory }) {
  switch (view) {
    case 'alerts':
      return <WallAlerts story={story} />;
    case 'areas':
      return <WallAreas story={story} />;
    case 'worst':
      return story.worst && <WallAlert alert={story.worst} as="div" />;
    case 'map':
      return null;
  }
}

function WallAlerts({ story: { alerts } }: { readonly story: WallStory }) {
  const words = messages.value;
  const most = linesThatFit(alertRem);
  return (
    <div class="wall-body">
      <ul class="wall-alerts">
        {alerts.slice(0, most).map((alert) => (
          <WallAlert key={alert.id} alert={alert} as="li" />
        ))}
      </ul>
      {alerts.length > most && <p class="wall-more">{words.wall.more(alerts.length - most)}</p>}
    </div>
  );
}

function WallAlert({ alert, as: Tag }: { readonly alert: Alert; readonly as: 'li' | 'div' }) {
  const { formats, store } = useApp();
  const words = messages.value;
  const status = statusOf(alert, words, formats.value, store.now.peek());
  return (
    <Tag class="wall-alert" data-testid="wall-alert" data-severity={alert.severity}>
      <StateSymbol state={alert.severity} hollow={isCleared(alert)} />
      <div>
        <p class="wall-alert-title">
          <span class="alert-severity" data-severity={alert.severity}>
            {words.severityShort[alert.severity]}
          </span>{' '}
          <strong>{pick(alert.title, language.value)}</strong>
        </p>
        <p>
          {[subjectName(alert, store.units.value, language.value), alert.unit && shortUnitPath(alert.unit, language.value)]
            .filter(Boolean)
            .join(' · ')}
        </p>
        <p class="muted">
          <Ago time={alert.startedAt} /> · {status || words.alerts.unacknowledged}
        </p>
      </div>
      <AlertMeasure alert={alert} />
    </Tag>
  );
}

function WallAreas({ story: { areas } }: { readonly story: WallStory }) {
  const words = messages.value;
  const most = linesThatFit(areaRem);
  return (
    <div class="wall-body">
      <table class="wall-areas">
        <thead>
          <tr>
            <th scope="col">{words.wall.area}</th>
            {worstFirst.map((severity) => (
              <th key={severity} scope="col">
                <span class="cell-state">
                  <StateSymbol state={severity} />
                  {words.severityShort[severity]}
                </span>
              </th>
            ))}
            <th scope="col">{words.wall.total}</th>
            <th scope="col">{words.wall.unacknowledged}</th>
          </tr>
        </thead>
        <tbody>
          {areas.slice(0, most).map(({ unit, counts, total, unacknowledged }) => (
            <tr key={unit?.code ?? ''}>
              <th scope="row">{unit ? unitPath(unit, language.value) : words.desk.noUnit}</th>
              {worstFirst.map((severity) => (
                <td key={severity}>{counts[severity] || '–'}</td>
              ))}
              <td>{total}</td>
              <td>{unacknowledged || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {areas.length > most && <p class="wall-more">{words.wall.moreAreas(areas.length - most)}</p>}
    </div>
  );
}
