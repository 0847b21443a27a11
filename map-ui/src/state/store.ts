import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { CasePlace } from '../wire/cases';
import type { Indicator } from '../wire/figure';
import type { UnitRefOnMap } from '../wire/place';
import type { Severity } from '../wire/types';
import { isInSight } from './alertChoice';
import { type AlertCounts, type AlertTable, alarmsByStation, countAlerts, type StationAlarm, unknownAlerts } from './alerts';
import type { CellTable } from './cells';
import { type Connection, initialConnection } from './connection';
import { createDesk, type Desk } from './desk';
import type { Drawing } from './drawing';
import { type Choropleth, levelsOf, type PeriodOffered, type UnitFigure } from './figures';
import type { ShownLayers } from './layers';
import type { CommandNotices } from './notices';
import type { Place } from './places';
import { type Replay, stretchOf, usualSpeed } from './replay';
import { mapRoute, type Route } from './route';
import { emptyStations, type StationChanges, type StationTable } from './stations';

export type Theme = 'dark' | 'light';
export type Panel = 'map' | 'table' | 'alerts' | 'handover' | 'silences' | 'compare';
export type Tool = 'layers' | 'figures' | 'draw' | 'time';

/** The figures of a choice; `why` says what went wrong when they were asked for last. */
export interface FiguresState {
  readonly choice: Choropleth;
  readonly level: string;
  /** The kind of its periods. */
  readonly kind: string;
  readonly table: {
    readonly figures: ReadonlyMap<string, UnitFigure>;
    readonly period: string | null;
    readonly periods: readonly PeriodOffered[];
  } | null;
  readonly breaks: readonly number[];
  readonly why: string | null;
}

export interface OverlayState {
  readonly swatches: readonly { readonly kind: 'area' | 'line' | 'point'; readonly colour: string }[];
  readonly why: string | null;
}

/** Everything that the screen shows, as signals; the only place where the parts of the page meet. */
export interface Store {
  readonly connection: Signal<Connection>;
  readonly alerts: Signal<AlertTable>;
  /** The stations of the view, those with which something is wrong wherever they are, and those that were asked for. */
  readonly stations: StationTable;
  /** Where the view counts its stations in cells: those; null where it shows each. */
  readonly cells: Signal<CellTable>;
  /** Counts the changes of `stations`, which is changed in place. */
  readonly stationsVersion: Signal<number>;
  /** The selected station. */
  readonly selected: Signal<string | null>;
  /** The selected unit or feature; never beside a station. */
  readonly place: Signal<Place | null>;
  /** The layers of the catalogue that are shown. */
  readonly layers: Signal<ShownLayers>;
  /** What is known of how they are drawn: their colours, or why they are not. */
  readonly overlays: Signal<ReadonlyMap<string, OverlayState>>;
  /** What the units are coloured by. */
  readonly choropleth: Signal<Choropleth | null>;
  /** Its figures, once they are there. */
  readonly figures: Signal<FiguresState | null>;
  /** The indicators that the service has; null before they are asked for. */
  readonly indicators: Signal<readonly Indicator[] | null>;
  /** The units on the map. */
  readonly units: Signal<readonly UnitRefOnMap[]>;
  /** Their levels, the highest first. */
  readonly levels: ReadonlySignal<readonly string[]>;
  /** The code of the unit above each. */
  readonly parents: ReadonlySignal<ReadonlyMap<string, string | null>>;
  /** What is drawn on the map. */
  readonly drawing: Signal<Drawing | null>;
  /** The past that is shown; null for the present. */
  readonly replay: Signal<Replay | null>;
  readonly replaySpeed: Signal<number>;
  /** Why the last replay that was asked for is not shown. */
  readonly replayRefused: Signal<string | null>;
  readonly isPast: ReadonlySignal<boolean>;
  /** `stretchOf` the replay: what was asked for in another stretch is of another time. */
  readonly stretch: ReadonlySignal<string | null>;
  /** The time that is shown: the present of the service, or what a replay has come to. */
  readonly shown: ReadonlySignal<number>;
  /** The past moment that is shown, for a question about it; null for the present. */
  momentPast(): number | null;
  /** The time of the service now, also while a replay shows another one. */
  readonly present: ReadonlySignal<number>;
  /** The tool of the map that is open. */
  readonly tool: Signal<Tool | null>;
  readonly severities: Signal<ReadonlySet<Severity>>;
  readonly query: Signal<string>;
  /** What fills the main area; `alerts` only matters where the screen is too narrow for two things. */
  readonly panel: Signal<Panel>;
  /** The kind of open cases that the map shows beside the stations; null: none. */
  readonly cases: Signal<string | null>;
  /** Where those are; null before they are told. */
  readonly casePlaces: Signal<readonly CasePlace[] | null>;
  /** The subjects of those that a card lists. */
  readonly casesListed: Signal<ReadonlySet<string> | null>;
  /** The page that is shown: the map, or one of figures. */
  readonly route: Signal<Route>;
  /** What the page of figures that is shown is called. */
  readonly pageTitle: Signal<string>;
  readonly theme: Signal<Theme>;
  /** This machine's clock, once a second. */
  readonly now: Signal<number>;
  readonly role: Signal<string | null>;
  readonly keyWanted: Signal<boolean>;
  readonly notices: Signal<CommandNotices>;
  readonly desk: Desk;
  /** Of what the list shows as open. */
  readonly counts: ReadonlySignal<AlertCounts>;
  readonly alarms: ReadonlySignal<ReadonlyMap<string, StationAlarm>>;
  /** Be told of every change of the stations as it is applied; returns the way to stop. */
  onStations(listener: (changes: StationChanges) => void): () => void;
  publishStations(changes: StationChanges): void;
}

export function createStore(theme: Theme, now: number): Store {
  const alerts = signal<AlertTable>(unknownAlerts);
  const severities = signal<ReadonlySet<Severity>>(new Set());
  const query = signal('');
  const connection = signal(initialConnection);
  const clock = signal(now);
  const units = signal<readonly UnitRefOnMap[]>([]);
  const stationsVersion = signal(0);
  const replay = signal<Replay | null>(null);
  const isPast = computed(() => replay.value !== null);
  const shown = computed(() => replay.value?.at ?? clock.value + connection.value.skewMs);
  const listeners = new Set<(changes: StationChanges) => void>();
  return {
    connection,
    alerts,
    stations: emptyStations(),
    cells: signal(null),
    stationsVersion,
    selected: signal(null),
    place: signal(null),
    layers: signal([]),
    overlays: signal(new Map()),
    drawing: signal(null),
    replay,
    isPast,
    stretch: computed(() => stretchOf(replay.value)),
    momentPast: () => replay.peek()?.at ?? null,
    shown,
    replaySpeed: signal(usualSpeed),
    replayRefused: signal(null),
    present: computed(() => clock.value + connection.value.presentSkewMs),
    choropleth: signal(null),
    figures: signal(null),
    indicators: signal(null),
    units,
    levels: computed(() => levelsOf(units.value)),
    parents: computed(() => new Map(units.value.map(({ code, parent }) => [code, parent]))),
    tool: signal(null),
    severities,
    query,
    panel: signal('map'),
    cases: signal(null),
    casePlaces: signal(null),
    casesListed: signal(null),
    route: signal(mapRoute),
    pageTitle: signal(''),
    theme: signal(theme),
    now: clock,
    role: signal(null),
    keyWanted: signal(false),
    notices: signal(new Map()),
    desk: createDesk(alerts, severities, query, isPast, shown),
    counts: computed(() => countAlerts([...alerts.value.byId.values()].filter(isInSight))),
    alarms: computed(() => alarmsByStation(alerts.value.byId.values())),
    onStations(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publishStations(changes) {
      stationsVersion.value += 1;
      for (const listener of listeners) listener(changes);
    },
  };
}
