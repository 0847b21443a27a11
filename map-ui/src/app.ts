import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { rememberDesk } from './deskMemory';
import { followFigures } from './figures';
import { language, messages } from './i18n';
import { createFormats, type Formats } from './i18n/format';
import { type AlertCommand, acknowledgeMany, commandAlert } from './rest/alertCommands';
import { createRestClient, isCallError, type RestClient, RestError } from './rest/client';
import { newKey } from './rest/idempotency';
import { forgetKey, readKey, storeKey } from './rest/key';
import { followSelection } from './selection';
import { mergeAlert } from './state/alerts';
import { closeCard } from './state/choice';
import { followSelected } from './state/desk';
import type { View } from './state/link';
import { noticeOf, putNotice } from './state/notices';
import type { Place } from './state/places';
import { beginningOf } from './state/replay';
import { parseRoute } from './state/route';
import { createStore, type Store, type Theme } from './state/store';
import { Feed } from './stream/feed';
import type { LiveFigure } from './wire/live-figure';
import type { UnitRefOnMap } from './wire/place';
import { decodeConfig } from './wire/rest';
import type { Alert, Config, FigureChoice, ViewIn } from './wire/types';

/** What the operator can make the map do; filled in by the map once it stands. */
export interface MapActions {
  flyTo(lon: number, lat: number): void;
  /** Go as near as a rectangle, [west, south, east, north]. */
  enter(bounds: readonly [number, number, number, number]): void;
  /** Bring a station into sight where a sheet lies over it; the scale stays. */
  reveal(station: string): void;
  showAll(options?: { readonly animated: boolean }): void;
  goTo(view: View): void;
  zoomBy(levels: number): void;
  focus(): void;
  /** Tells whether a place is in sight as the map stands now. */
  sightTest(): (lon: number, lat: number) => boolean;
  /** Where it stands. */
  view(): View;
}

/** The parts of the page joined: handed to the components by context. */
export interface App {
  readonly store: Store;
  readonly rest: RestClient;
  readonly config: Signal<Config | null>;
  readonly formats: ReadonlySignal<Formats>;
  readonly map: Signal<MapActions | null>;
  /** Select a station and fly to it, or to the given place where it has none. */
  open(station: string, place?: { lon: number; lat: number }): void;
  /** Select a unit or a feature and show where it is. */
  openPlace(place: Place): void;
  /** Select a unit of the map by its code. */
  openUnit(code: string): void;
  /** List open cases by their subjects. */
  openCases(subjects: readonly string[]): void;
  /** Be told of present figures by the stream, each time some have changed; returns the way to stop. */
  followLive(choice: FigureChoice, onFigures: (figures: ReadonlyMap<string, LiveFigure>) => void): () => void;
  /** Have the stream tell what lies in a view of the map. */
  look(view: ViewIn): void;
  /** Open the card of an alert and fly to it. */
  openAlert(alert: Alert): void;
  /** Carry out a command on the alert as the operator saw it; whether it was done. What was not done is told with the alert. */
  command(alert: Alert, command: AlertCommand, idem?: string): Promise<boolean>;
  /** Acknowledge all of them as they were seen; what came of it is told above the list. */
  acknowledgeAll(alerts: readonly Alert[]): Promise<void>;
  /** Show the past from a moment on, at the chosen speed. */
  startReplay(from: number): void;
  holdReplay(paused: boolean): void;
  endReplay(): void;
  retryNow(): void;
  /** Use another key (null: none) and connect anew. */
  useKey(key: string | null): void;
  start(): () => void;
}

export function createApp(theme: Theme): App {
  const store = createStore(theme, Date.now());
  store.route.value = parseRoute(location.hash);
  const config = signal<Config | null>(null);
  const rest = createRestClient(readKey, () => {
    store.keyWanted.value = true;
  });
  const feed = new Feed(store, streamUrl(), readKey);
  const map = signal<MapActions | null>(null);

  const fly = (station: string, place?: { lon: number; lat: number }) => {
    const row = store.stations.rows.get(station);
    const { lon, lat } = row ?? place ?? { lon: null, lat: null };
    if (lon !== null && lat !== null) map.value?.flyTo(lon, lat);
    else if (place) map.value?.flyTo(place.lon, place.lat);
  };

  let loading = false;
  const loadConfig = async () => {
    if (loading) return;
    loading = true;
    try {
      config.value = await rest.get('/v1/config', decodeConfig);
      store.role.value = config.value.role;
      store.desk.caller.value = config.value.caller;
      if (config.value.role === null) store.keyWanted.value = true;
    } catch (error) {
      // The stream tells the operator that the service is away; the configuration is asked for again when it is back.
      if (!isCallError(error)) throw error;
    } finally {
      loading = false;
    }
  };

  return {
    store,
    rest,
    config,
    formats: computed(() => createFormats(language.value, zoneOf(config.value))),
    map,
    open(station, place) {
      batch(() => {
        closeCard(store);
        store.selected.value = station;
      });
      fly(station, place);
    },
    openPlace(place) {
      batch(() => {
        closeCard(store);
        store.place.value = place;
      });
    },
    openUnit(code) {
      const unit = store.units.peek().find((each) => each.code === code);
      const layer = config.peek()?.unitsCollection;
      if (unit === undefined || layer === undefined) return;
      const above = store.units.peek().find((each) => each.code === unit.parent);
      const nameOf = (each: UnitRefOnMap) => (language.peek() === 'vi' ? each.nameVi : each.nameEn);
      const name = nameOf(unit);
      this.openPlace({ kind: 'unit', layer, fid: unit.fid, code, name, detail: above ? nameOf(above) : '' });
    },
    openCases(subjects) {
      batch(() => {
        closeCard(store);
        store.casesListed.value = new Set(subjects);
      });
    },
    followLive: (choice, onFigures) => feed.figures.follow(choice, onFigures),
    look: (view) => feed.look(view),
    startReplay(from) {
      forgetNotices(store);
      feed.replay(beginningOf(from, store.present.peek()), store.replaySpeed.peek());
    },
    holdReplay: (paused) => feed.hold(paused),
    endReplay() {
      forgetNotices(store);
      feed.live();
    },
    openAlert(alert) {
      const { id, station, isStation, lon, lat } = alert;
      batch(() => {
        closeCard(store);
        store.desk.form.value = null;
        store.desk.selectedAlert.value = id;
        store.selected.value = isStation ? station : null;
      });
      fly(station, lon !== null && lat !== null ? { lon, lat } : undefined);
    },
    command: (alert, command, idem = newKey()) => sendCommand(store, rest, alert, command, idem),
    acknowledgeAll: (alerts) => sendMany(store, rest, alerts),
    retryNow: () => feed.retryNow(),
    useKey(key) {
      if (key === null) forgetKey();
      else storeKey(key);
      store.keyWanted.value = false;
      void loadConfig();
      feed.restart();
    },
    start() {
      void loadConfig();
      const forget = rememberDesk(store);
      const unfollow = followSelected(store.desk, store.alerts, store.selected);
      feed.start();
      const leave = followSelection(store, rest);
      const uncolour = followFigures(store, rest, () => zoneOf(config.peek()));
      const sleep = keepAwake(store, feed, () => config.value === null && void loadConfig());
      return () => {
        leave();
        uncolour();
        sleep();
        forget();
        unfollow();
      };
    },
  };
}

/** The zone of the centre, also before the service has told it. */
export const zoneOf = (config: Config | null): string => config?.timeZone ?? 'Asia/Ho_Chi_Minh';

/** What came of commands is of the time in which they were given. */
function forgetNotices({ desk, notices }: Store): void {
  notices.value = new Map();
  desk.bulk.value = null;
}

async function sendCommand(store: Store, rest: RestClient, alert: Alert, command: AlertCommand, idem: string): Promise<boolean> {
  const { alerts, notices } = store;
  if (store.replay.peek() !== null) {
    notices.value = putNotice(notices.value, alert.id, { kind: 'failed', detail: messages.peek().time.past });
    return false;
  }
  notices.value = putNotice(notices.value, alert.id, { kind: 'sending' });
  const answer = await commandAlert(rest, alert, command, idem);
  if ('alert' in answer && answer.alert) alerts.value = mergeAlert(alerts.value, answer.alert);
  notices.value = putNotice(notices.value, alert.id, noticeOf(answer, alert));
  return answer.outcome === 'done';
}

async function sendMany(store: Store, rest: RestClient, alerts: readonly Alert[]): Promise<void> {
  const { bulk } = store.desk;
  if (alerts.length === 0 || bulk.value?.kind === 'sending') return;
  if (store.replay.peek() !== null) {
    bulk.value = { kind: 'failed', detail: messages.peek().time.past };
    return;
  }
  bulk.value = { kind: 'sending', count: alerts.length };
  try {
    const { done, unchanged, conflicts } = await acknowledgeMany(rest, alerts, newKey());
    bulk.value = { kind: 'done', done, unchanged, conflicts: conflicts.length };
  } catch (error) {
    if (!isCallError(error)) throw error;
    const refused = error instanceof RestError && (error.status === 401 || error.status === 403);
    bulk.value = refused ? { kind: 'forbidden' } : { kind: 'failed', detail: error.message };
  }
}

/** The clock of the page, and what has to happen when the machine wakes or the network comes back. */
function keepAwake(store: Store, feed: Feed, onTick: () => void): () => void {
  const tick = () => {
    const now = Date.now();
    store.now.value = now;
    // Also finds the socket that died while the machine slept.
    feed.watch(now);
    if (store.connection.value.phase.name === 'live') onTick();
  };
  const wake = () => feed.retryNow();
  const timer = setInterval(tick, 1000);
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', wake);
  return () => {
    clearInterval(timer);
    removeEventListener('online', wake);
    document.removeEventListener('visibilitychange', wake);
    feed.stop();
  };
}

function streamUrl(): string {
  const url = new URL('/v1/stream', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

const AppContext = createContext<App | null>(null);
export const AppProvider = AppContext.Provider;

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error('a component stands outside the application');
  return app;
}
