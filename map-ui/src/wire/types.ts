/** The words of the contract with the service (docs/rest.md and docs/stream.md). Times are milliseconds since 1970, UTC. */

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

export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly title: Bilingual;
  readonly description: Bilingual;
  readonly severity: Severity;
  readonly condition: Condition;
  readonly station: string;
  readonly stationName: string;
  readonly property: string;
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
  readonly version: number;
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
  readonly unitsCollection: string;
}

/** One time bucket of a series. */
export interface Bucket {
  readonly time: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export type ServerFrame =
  | { readonly type: 'welcome'; readonly session: string; readonly heartbeatS: number; readonly role: string | null }
  | StateSnapshot
  | AlertSnapshot
  | StateDelta
  | AlertEvent
  | { readonly type: 'reset'; readonly id: string; readonly why: string }
  | { readonly type: 'hb'; readonly t: number; readonly lagMs: number | null; readonly degraded: string | null }
  | { readonly type: 'err'; readonly code: string; readonly detail: string }
  | { readonly type: 'bye'; readonly code: string; readonly afterMs: number };

interface SnapshotPage {
  readonly type: 'snap';
  readonly id: string;
  readonly page: number;
  readonly last: boolean;
  readonly seq: number;
}

export interface StateSnapshot extends SnapshotPage {
  readonly rows: readonly StateRow[];
}

export interface AlertSnapshot extends SnapshotPage {
  readonly alerts: readonly Alert[];
}

export interface StateDelta {
  readonly type: 'd';
  readonly id: string;
  readonly seq: number;
  readonly prev: number;
  readonly rows: readonly StateRow[];
  readonly removed: readonly string[];
}

export interface AlertEvent {
  readonly type: 'ev';
  readonly id: string;
  readonly seq: number;
  readonly prev: number;
  readonly alert: Alert;
}

export type ClientFrame =
  | { readonly type: 'hello'; readonly token?: string }
  | { readonly type: 'sub'; readonly id: string; readonly ch: 'state' | 'alerts'; readonly rate_hz?: number }
  | { readonly type: 'unsub'; readonly id: string }
  | { readonly type: 'pong' };
