import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Severity } from '../wire/types';
import { isShelved } from './alertChoice';
import { type AlertCounts, type AlertTable, alarmsByStation, countAlerts, type StationAlarm, unknownAlerts } from './alerts';
import { type Connection, initialConnection } from './connection';
import { createDesk, type Desk } from './desk';
import type { CommandNotices } from './notices';
import { mapRoute, type Route } from './route';
import { emptyStations, type StationChanges, type StationTable } from './stations';

export type Theme = 'dark' | 'light';
export type Panel = 'map' | 'table' | 'alerts' | 'handover' | 'silences' | 'compare';

/** Everything that the screen shows, as signals; the only place where the parts of the page meet. */
export interface Store {
  readonly connection: Signal<Connection>;
  readonly alerts: Signal<AlertTable>;
  readonly stations: StationTable;
  /** Counts the changes of `stations`, which is changed in place. */
  readonly stationsVersion: Signal<number>;
  readonly selected: Signal<string | null>;
  readonly severities: Signal<ReadonlySet<Severity>>;
  readonly query: Signal<string>;
  /** What fills the main area; `alerts` only matters where the screen is too narrow for two things. */
  readonly panel: Signal<Panel>;
  /** The page that is shown: the map, or one of figures. */
  readonly route: Signal<Route>;
  readonly theme: Signal<Theme>;
  /** This machine's clock, once a second. */
  readonly now: Signal<number>;
  readonly role: Signal<string | null>;
  readonly keyWanted: Signal<boolean>;
  readonly notices: Signal<CommandNotices>;
  readonly desk: Desk;
  /** Of all that are not shelved. */
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
  const stationsVersion = signal(0);
  const listeners = new Set<(changes: StationChanges) => void>();
  return {
    connection: signal(initialConnection),
    alerts,
    stations: emptyStations(),
    stationsVersion,
    selected: signal(null),
    severities,
    query,
    panel: signal('map'),
    route: signal(mapRoute),
    theme: signal(theme),
    now: signal(now),
    role: signal(null),
    keyWanted: signal(false),
    notices: signal(new Map()),
    desk: createDesk(alerts, severities, query),
    counts: computed(() => countAlerts([...alerts.value.byId.values()].filter((alert) => !isShelved(alert)))),
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
