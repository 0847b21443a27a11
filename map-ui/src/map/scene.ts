import { computed, effect, untracked } from '@preact/signals';
import type { App, MapActions } from '../app';
import { language, messages } from '../i18n';
import { isNarrow, sheetShare } from '../narrow';
import { isCallError } from '../rest/client';
import { readKey } from '../rest/key';
import { fetchFeature } from '../rest/places';
import { changedAlarms } from '../state/alerts';
import { alarmsByCell } from '../state/cells';
import { closeCard, isCardOpen } from '../state/choice';
import { isUp } from '../state/connection';
import type { View } from '../state/link';
import { boundsOfGeometry, nameOf, type Place } from '../state/places';
import { sightOf } from '../state/sight';
import type { Store } from '../state/store';
import type { Cell } from '../wire/types';
import { type CellProperties, cellMark } from './cells';
import { type Drawn, diffMarks } from './diff';
import { followCases } from './followCases';
import { followDrawing } from './followDrawing';
import { followFigures } from './followFigures';
import { followLayers } from './followLayers';
import { followStations } from './followStations';
import type { Hit } from './hit';
import type { Padding } from './mapEvents';
import { Marks } from './marks';
import { readPalette } from './palette';
import type { Look } from './style';
import { boundsOf, decodeUnits, type Unit, unitFeatures } from './units';
import { MapView } from './view';

/** From afar, so many stations with which something is wrong are drawn over the cells; of more the cells tell alone. */
const mostTroubledAfar = 60;

export interface SceneOptions {
  readonly container: HTMLElement;
  readonly view: View | null;
  readonly onMove: (view: View) => void;
  readonly onHover: (hit: Hit | null) => void;
  /** The boundaries could not be loaded: why; null once they are there. */
  readonly onUnits: (failure: string | null) => void;
}

/** Keeps the map in step with the store; returns the way to end it. */
export function startScene(app: App, options: SceneOptions): () => void {
  const { store, config } = app;
  const { container } = options;
  const look = (): Look => ({
    palette: readPalette(),
    language: language.value,
    baseMap: config.value?.baseMap ?? null,
    scale: Math.max(1, remPixels() / 16),
  });
  let units: readonly Unit[] = [];
  let drawn = false;
  // Without a view of its own the map first shows the units: what lies in the picture before that is of no interest.
  let placed = options.view !== null;
  // Asked for before the map is made, which takes its time: both come meanwhile.
  const unload = loadUnits(
    app,
    (loaded) => showUnits(loaded),
    (why) => {
      drawn = true;
      lookAround();
      options.onUnits(why);
    },
  );
  if (options.view !== null) app.look(sightOf(options.view, container.clientWidth, container.clientHeight));
  const view = new MapView(
    container,
    untracked(look),
    options.view,
    untracked(() => messages.value.app.mapLabel),
    readKey,
    {
      onClick: (hit) => click(app, view, hit),
      onHover: options.onHover,
      onMove: options.onMove,
      onLook: (sight) => {
        if (placed) app.look(sight);
      },
      onIdle: () => {
        if (drawn) container.dataset.ready = 'true';
      },
      onRender: (has) => {
        if (drawn && has('units')) container.dataset.ready = 'true';
        if (container.dataset.ready && isPopulated(container) && has('stations') && has('cells')) container.dataset.populated = 'true';
        return container.dataset.populated === undefined;
      },
    },
  );
  const actions = actionsOf(app, view, container, () => units);
  app.map.value = actions;

  const lookAround = () => {
    placed = true;
    app.look(view.sight());
  };
  if (placed) lookAround();
  const marks = new Marks(
    store.stations.rows,
    () => store.alarms.peek(),
    (id) => isShown(store, id),
  );
  const showUnits = (loaded: readonly Unit[]) => {
    const first = units.length === 0;
    units = loaded;
    store.units.value = loaded;
    const { areas, names } = unitFeatures(loaded);
    view.setUnits(areas, names);
    drawn = true;
    if (first && options.view === null) actions.showAll({ animated: false });
    lookAround();
    options.onUnits(null);
  };
  let selected: string | null = null;
  const endings = [
    followStations(app, marks, view, container),
    followAlarms(app, marks),
    followCells(app, marks, view),
    unload,
    effect(() => {
      marks.touch([selected, store.selected.value].filter((id) => id !== null));
      selected = store.selected.value;
      view.select(selected);
    }),
    followPlace(app, view, actions),
    followLayers(app, view, look),
    followCases(app, view, container),
    followFigures(app, view),
    followDrawing(app, view),
    followLook(app, view, look),
    followPrint(view, look, container),
    () => view.destroy(),
  ];
  return () => {
    app.map.value = null;
    for (const end of endings) end();
  };
}

const isPopulated = ({ dataset }: HTMLElement): boolean => Number(dataset.stations) > 0;

/** Touch the stations whose ring changes. */
function followAlarms({ store }: App, marks: Marks): () => void {
  let before = store.alarms.peek();
  return effect(() => {
    const alarms = store.alarms.value;
    marks.touch(changedAlarms(before, alarms));
    before = alarms;
  });
}

/** The cells from afar; while there are any, only what is not well is drawn by itself, unless that is too much to tell apart. */
function followCells({ store, formats }: App, marks: Marks, view: MapView): () => void {
  const drawn: Drawn<CellProperties> = new Map();
  let wasAfar = false;
  let wasCalm = true;
  const off = effect(() => {
    const cells: ReadonlyMap<string, Cell> = store.cells.value ?? new Map();
    const alarms = alarmsByCell(cells, store.alerts.value.byId.values());
    const { number } = formats.value;
    const isAfar = store.cells.value !== null;
    const isCalm = store.stations.known.troubled.size <= mostTroubledAfar;
    const next = [...cells.values()].map((cell) => [cell.id, cellMark(cell, alarms.get(cell.id), isCalm, number)] as const);
    const diff = diffMarks(
      drawn,
      next,
      [...drawn.keys()].filter((id) => !cells.has(id)),
    );
    if (diff) view.update('cells', diff);
    if (isAfar !== wasAfar || isCalm !== wasCalm) marks.touch(store.stations.rows.keys());
    wasAfar = isAfar;
    wasCalm = isCalm;
  });
  return off;
}

/** Outline the selected unit or feature, and show all of it. */
function followPlace({ rest, store }: App, view: MapView, actions: MapActions): () => void {
  return effect(() => {
    const place = store.place.value;
    view.outline(null);
    if (place === null) return;
    const abort = new AbortController();
    fetchFeature(rest, place, abort.signal).then(
      ({ geometry, properties }) => {
        if (place.name === place.fid) store.place.value = { ...place, name: nameOf(properties, place.fid, language.peek()) };
        view.outline(geometry);
        const bounds = geometry && boundsOfGeometry(geometry);
        if (bounds) actions.enter(bounds);
      },
      (error) => {
        // The card says why.
        if (!isCallError(error) && !abort.signal.aborted) throw error;
      },
    );
    return () => abort.abort();
  });
}

function click(app: App, view: MapView, hit: Hit | null): void {
  const { store } = app;
  switch (hit?.what) {
    case 'cell': {
      const cell = store.cells.peek()?.get(hit.id);
      if (cell !== undefined) app.map.peek()?.enter(cell.bbox);
      return;
    }
    case 'unit':
      app.openUnit(hit.id);
      return;
    case 'feature':
      app.openPlace(placeOf(hit));
      return;
    case 'cases':
      view.openCases(hit).then(
        (subjects) => subjects.length > 0 && app.openCases(subjects),
        // Other cases have come since: the cluster is no more.
        () => {},
      );
      return;
    default:
      closeCard(store);
      store.selected.value = hit?.id ?? null;
      if (hit) app.map.peek()?.reveal(hit.id);
  }
}

function placeOf({ id, layer = '', properties = {} }: Hit): Place {
  const code = typeof properties.code === 'string' && layer.startsWith('units') ? properties.code : null;
  const name = nameOf(properties, id, language.peek());
  return { kind: code === null ? 'feature' : 'unit', layer, fid: id, code, name, detail: layer };
}

function isShown({ cells, stations, selected }: Store, id: string): boolean {
  if (cells.peek() === null || selected.peek() === id) return true;
  return stations.known.troubled.has(id) && stations.known.troubled.size <= mostTroubledAfar;
}

/** The theme, the language and the base map, when they change after the start. */
function followLook({ store }: App, view: MapView, look: () => Look): () => void {
  let first = true;
  return effect(() => {
    void store.theme.value;
    const now = look();
    if (!first) view.restyle(now);
    first = false;
  });
}

/** Lay a light picture of the map over it while it is printed. */
function followPrint(view: MapView, look: () => Look, container: HTMLElement): () => void {
  let picture: HTMLCanvasElement | null = null;
  const before = () => {
    view.restyle(look());
    picture = view.picture();
    picture.className = 'map-picture';
    container.append(picture);
  };
  const after = () => {
    picture?.remove();
    view.restyle(look());
  };
  addEventListener('beforeprint', before);
  addEventListener('afterprint', after);
  return () => {
    removeEventListener('beforeprint', before);
    removeEventListener('afterprint', after);
  };
}

/** Fetch the units when the service is there; again whenever it is back and they are still missing. */
function loadUnits({ rest, store, config }: App, onUnits: (units: Unit[]) => void, onFailure: (why: string) => void): () => void {
  let state: 'wanted' | 'asked' | 'loaded' = 'wanted';
  const up = computed(() => isUp(store.connection.value));
  return effect(() => {
    const collection = config.value?.unitsCollection;
    // Read so that this runs again when the connection comes back.
    void up.value;
    if (collection === undefined || state !== 'wanted') return;
    state = 'asked';
    // A layer may hold the units of several times, one over another: those of now are wanted.
    const now = encodeURIComponent(new Date().toISOString());
    rest.get(`/ogc/collections/${encodeURIComponent(collection)}/items?limit=10000&datetime=${now}`, decodeUnits).then(
      (units) => {
        state = 'loaded';
        onUnits(units);
      },
      (error: Error) => {
        state = 'wanted';
        onFailure(error.message);
      },
    );
  });
}

function actionsOf({ store }: App, view: MapView, container: HTMLElement, units: () => readonly Unit[]): MapActions {
  const padding = (): Padding => {
    const rem = remPixels();
    const open = untracked(() => isCardOpen(store));
    const wide = container.clientWidth > 50 * rem;
    const card = open && wide && !isNarrow() ? 26 * rem : 0;
    const sheet = open && isNarrow() ? sheetShare * container.clientHeight : 0;
    const tool = store.tool.peek();
    const panel = tool !== null && tool !== 'time' && wide && !isNarrow() ? 20 * rem : 0;
    const edge = wide ? 2 * rem : rem;
    // On a wall the figures lie over the upper edge, and what can be pressed over the lower one.
    const [over, under] = container.closest('[data-wall="true"]') ? [7.5 * rem, 3 * rem] : [0, 0];
    return { left: card + edge, right: panel + edge, top: over + edge, bottom: sheet + under + edge };
  };
  return {
    flyTo: (lon, lat) => view.flyTo(lon, lat, padding()),
    reveal(id) {
      const { lon, lat } = store.stations.rows.get(id) ?? { lon: null, lat: null };
      if (lon !== null && lat !== null && isNarrow()) view.reveal(lon, lat, padding());
    },
    enter: (bounds) => view.fit([...bounds], padding(), true),
    showAll({ animated } = { animated: true }) {
      const bounds = boundsOf(units());
      if (bounds) view.fit(bounds, padding(), animated);
    },
    goTo: (place) => view.goTo(place),
    zoomBy: (levels) => view.zoomBy(levels),
    focus: () => view.focus(),
    sightTest: () => view.sightTest(),
    view: () => view.view(),
  };
}

/** Pixels of the page's unit of type. */
const remPixels = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
