/** The words of the contract with the service (docs/rest.md and docs/stream.md). Times are milliseconds since 1970, UTC. */

import type { LiveFigure } from './live-figure';

export const severities = ['minor', 'moderate', 'severe', 'extreme'] as const;
export type Severity = (typeof severities)[number];
export type StationState = 'normal' | Severity;

export interface Reading {
  readonly time: number;
  readonly value: number;
  readonly severity: Severity | null;
}

/** One row of the live state. `speed` is in km/h, `heading` in degrees clockwise from north. */
export interface StateRow {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly moving: boolean;
  readonly speed: number | null;
  readonly heading: number | null;
  readonly state: StationState;
  /** Time of the newest observation or position, null before the first. */
  readonly t: number | null;
  readonly intervalS: number | null;
  readonly unit: string | null;
  readonly values: Readonly<Record<string, Reading>>;
}

export interface UnitRef {
  readonly code: string;
  readonly nameVi: string;
  readonly nameEn: string;
  readonly pathVi: string;
  readonly pathEn: string;
}

export interface PropertyDescription {
  readonly unit: string | null;
  readonly name: string | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** What a station says about itself; the live values come over the stream. */
export interface Station {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly unit: UnitRef | null;
  readonly properties: Readonly<Record<string, PropertyDescription>>;
}

export type Condition = 'firing' | 'recovering' | 'normal';

/** Whether the data that an alert rests on still come; no data never ends an alert. */
export type Quality = 'ok' | 'stale' | 'error';

export interface Alert {
  readonly id: string;
  readonly rule: string;
  /** The kind of the rule, `threshold` and so on; it tells what `subject` names. */
  readonly kind: string;
  readonly subject: string;
  /** What it says of a target; null where it is about none. */
  readonly target: AlertTarget | null;
  readonly title: Bilingual;
  readonly description: Bilingual;
  readonly severity: Severity;
  readonly condition: Condition;
  readonly quality: Quality;
  readonly flapping: boolean;
  readonly lateCorrections: number;
  /** SOURCE/STATION, or the subject where that is no station. */
  readonly station: string;
  readonly isStation: boolean;
  readonly stationName: string;
  readonly property: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly direction: 'above' | 'below';
  readonly uom: string | null;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly unit: UnitRef | null;
  readonly startedAt: number;
  readonly firedAt: number | null;
  readonly clearedAt: number | null;
  readonly updatedAt: number;
  readonly acknowledged: boolean;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: number | null;
  readonly assignee: string | null;
  readonly shelvedUntil: number | null;
  readonly shelvedBy: string | null;
  readonly closedAt: number | null;
  readonly closedBy: string | null;
  readonly closeReason: string | null;
  /** How many comments its history has. */
  readonly comments: number;
  /** Ids of the silences that hide it now. */
  readonly silencedBy: readonly string[];
  readonly version: number;
}

/** A figure that misses its target: of which indicator (null where that is not told) and period, how much it is and should have been. */
export interface AlertTarget {
  readonly indicator: string | null;
  readonly title: Bilingual;
  readonly period: string;
  readonly figure: number | null;
  readonly limit: number | null;
  readonly direction: 'at_least' | 'at_most';
}

/** One step of an alert's history. `time` is event time, or when somebody acted; `recorded` is when the centre knew. */
export interface Transition {
  readonly seq: number;
  readonly time: number;
  readonly recorded: number;
  readonly kind: string;
  readonly severity: Severity;
  readonly value: number | null;
  /** `engine`, or the name of a key. */
  readonly actor: string;
  readonly note: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AlertStory {
  readonly alert: Alert;
  readonly transitions: readonly Transition[];
}

export interface Bilingual {
  readonly vi: string;
  readonly en: string;
}

/** The part of the service's configuration that the map acts on. `role` is null for a caller who has to say who he is. */
export interface Config {
  readonly version: string;
  readonly timeZone: string;
  readonly baseMap: { readonly tiles: readonly string[]; readonly attribution: string } | null;
  readonly role: string | null;
  /** The name of the caller's key, null where that is not known. */
  readonly caller: string | null;
  readonly unitsCollection: string;
}

/** One time bucket of a series. */
export interface Bucket {
  readonly time: number;
  /** The series begins in it, at `time`. */
  readonly begins?: boolean;
  /** How many readings it has. */
  readonly n: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export type ServerFrame =
  | {
      readonly type: 'welcome';
      readonly session: string;
      readonly epoch: string;
      readonly heartbeatS: number;
      readonly role: string | null;
    }
  | StateSnapshot
  | CellSnapshot
  | AlertSnapshot
  | StateDelta
  | CellDelta
  | AlertEvent
  | FigureSnapshot
  | FigureDelta
  | { readonly type: 'reset'; readonly id: string; readonly why: string }
  | {
      readonly type: 'hb';
      readonly t: number;
      readonly lagMs: number | null;
      readonly degraded: string | null;
      readonly replay: { readonly speed: number; readonly to: number; readonly ended: boolean } | null;
    }
  | CommandResult
  | { readonly type: 'err'; readonly code: string; readonly detail: string }
  | { readonly type: 'bye'; readonly code: string; readonly afterMs: number };

interface SnapshotPage {
  readonly type: 'snap';
  readonly id: string;
  readonly page: number;
  readonly last: boolean;
  /** The position of the server up to which this tells, as in every frame of a subscription. */
  readonly seq: number;
  /** The number of the view that this shows, where one was asked for by a number. */
  readonly vseq: number | null;
  /** The time that is shown, which a replay sets back. */
  readonly t: number | null;
}

export interface StateSnapshot extends SnapshotPage {
  readonly rows: readonly StateRow[];
  readonly removed: readonly string[];
}

/** Stations from afar, counted in the cells of a grid; `states` counts normal, minor, moderate, severe, extreme. */
export interface Cell {
  readonly id: string;
  readonly bbox: readonly [number, number, number, number];
  readonly lon: number;
  readonly lat: number;
  readonly count: number;
  readonly state: StationState;
  readonly states: readonly number[];
  readonly t: number | null;
}

export interface CellSnapshot extends SnapshotPage {
  readonly cells: readonly Cell[];
}

export interface CellDelta {
  readonly type: 'd';
  readonly id: string;
  readonly seq: number;
  readonly prev: number;
  readonly vseq: number | null;
  readonly t: number | null;
  readonly cells: readonly Cell[];
  readonly removed: readonly string[];
}

export type CommandResult =
  | { readonly type: 'res'; readonly id: string; readonly ok: true; readonly result: unknown }
  | { readonly type: 'res'; readonly id: string; readonly ok: false; readonly code: string; readonly detail: string };

export interface AlertSnapshot extends SnapshotPage {
  readonly alerts: readonly Alert[];
}

export interface StateDelta {
  readonly type: 'd';
  readonly id: string;
  readonly seq: number;
  readonly prev: number;
  readonly vseq: number | null;
  readonly t: number | null;
  readonly rows: readonly StateRow[];
  readonly removed: readonly string[];
}

export interface AlertEvent {
  readonly type: 'ev';
  readonly id: string;
  readonly seq: number;
  readonly prev: number;
  readonly alert: Alert;
  /** Whether the alert is in the list from now on. */
  readonly listed: boolean;
}

export interface FigureSnapshot extends SnapshotPage {
  readonly liveFigures: readonly LiveFigure[];
  readonly removed: readonly string[];
}

export interface FigureDelta {
  readonly type: 'd';
  readonly id: string;
  readonly seq: number;
  readonly prev: number;
  readonly liveFigures: readonly LiveFigure[];
  readonly removed: readonly string[];
}

/** Which present figures: codes of units, ids of indicators, kinds of periods; what is left out is any, but not both units and indicators. */
export interface FigureChoice {
  readonly indicator?: readonly string[];
  readonly unit?: readonly string[];
  readonly period?: readonly string[];
}

export interface ViewIn {
  readonly bbox: readonly [number, number, number, number];
  readonly z: number;
}

export interface Filter {
  readonly kind?: readonly string[];
  readonly source?: readonly string[];
  readonly unit?: readonly string[];
  readonly property?: readonly string[];
  readonly state?: Severity;
}

/** Up to where a client was told by an earlier connection. */
export interface ResumeFrom {
  readonly epoch: string;
  readonly pos: Readonly<Record<string, number>>;
}

export type ClientFrame =
  | { readonly type: 'hello'; readonly token?: string; readonly resume?: ResumeFrom }
  | {
      readonly type: 'sub';
      readonly id: string;
      readonly ch: 'state' | 'alerts';
      readonly rate_hz?: number;
      readonly filter?: Filter;
      readonly view?: ViewIn;
      readonly vseq?: number;
    }
  | { readonly type: 'sub'; readonly id: string; readonly ch: 'indicators'; readonly rate_hz?: number; readonly filter: FigureChoice }
  | { readonly type: 'view'; readonly id: string; readonly view: ViewIn; readonly vseq?: number }
  | { readonly type: 'unsub'; readonly id: string }
  | { readonly type: 'pause' | 'resume'; readonly id?: string }
  | {
      readonly type: 'cmd';
      readonly id: string;
      readonly idem: string;
      readonly op: string;
      readonly args: Readonly<Record<string, unknown>>;
      readonly if_version?: number;
    }
  | { readonly type: 'replay'; readonly from?: string; readonly to?: string; readonly speed?: number; readonly known?: 'then' | 'now' }
  | { readonly type: 'pong' };
