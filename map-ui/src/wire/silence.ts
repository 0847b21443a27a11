import { flag, type Json, list, number, oneOf, optional, record, text, time } from './guard';
import { type Severity, severities } from './types';

/** A condition on one name of an alert (docs/alerts.md, Silences). */
export interface Matcher {
  readonly name: string;
  readonly op: string;
  readonly value: string | readonly string[];
}

export interface SilenceScope {
  readonly matchers: readonly Matcher[];
  /** A unit with all below it, or a polygon; null: anywhere. */
  readonly area: Json | null;
  readonly recurrence: Json | null;
}

export const phases = ['pending', 'active', 'expired'] as const;
export type Phase = (typeof phases)[number];

export interface Silence extends SilenceScope {
  readonly id: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly comment: string;
  readonly createdBy: string;
  readonly phase: Phase;
  /** Whether it hides alerts at this hour. */
  readonly hides: boolean;
  /** How many open alerts it hides. */
  readonly alerts: number;
  readonly version: number;
}

/** What a silence would hide: how many, of which severities and rules. */
export interface Hidden {
  readonly count: number;
  readonly bySeverity: Readonly<Partial<Record<Severity, number>>>;
  readonly byRule: Readonly<Record<string, number>>;
}

export interface SilencePreview {
  readonly now: Hidden;
  readonly lastWeek: Hidden;
  /** Whether the week was looked through to its end. */
  readonly complete: boolean;
}

export function decodeSilence(value: unknown): Silence {
  const json = record(value, 'silence');
  return {
    id: text(json.id, 'silence.id'),
    matchers: list(json.matchers, 'silence.matchers').map(decodeMatcher),
    area: optional(record, json.area, 'silence.area'),
    recurrence: optional(record, json.recurrence, 'silence.recurrence'),
    startsAt: time(json.starts_at, 'silence.starts_at'),
    endsAt: time(json.ends_at, 'silence.ends_at'),
    comment: text(json.comment, 'silence.comment'),
    createdBy: text(json.created_by, 'silence.created_by'),
    phase: oneOf(phases, json.phase, 'silence.phase'),
    hides: flag(json.hides, 'silence.hides'),
    alerts: number(json.alerts, 'silence.alerts'),
    version: number(json.version, 'silence.version'),
  };
}

export const decodeSilences = (value: unknown): Silence[] => list(record(value, 'silences').silences, 'silences').map(decodeSilence);

export function decodeMatcher(value: unknown): Matcher {
  const json = record(value, 'matcher');
  const told = json.value;
  return {
    name: text(json.name, 'matcher.name'),
    op: text(json.op ?? '=', 'matcher.op'),
    value: Array.isArray(told) ? told.map((one) => text(one, 'matcher.value')) : text(told, 'matcher.value'),
  };
}

export function decodePreview(value: unknown): SilencePreview {
  const json = record(value, 'preview');
  const week = record(json.last_7_days, 'preview.last_7_days');
  return { now: decodeHidden(json.now), lastWeek: decodeHidden(week), complete: flag(week.complete, 'preview.complete') };
}

function decodeHidden(value: unknown): Hidden {
  const json = record(value, 'hidden');
  const counts = (name: string) =>
    Object.fromEntries(Object.entries(record(json[name], name)).map(([key, count]) => [key, number(count, name)]));
  const bySeverity = counts('by_severity');
  return {
    count: number(json.count, 'count'),
    bySeverity: Object.fromEntries(
      severities.filter((severity) => bySeverity[severity]).map((severity) => [severity, bySeverity[severity]]),
    ),
    byRule: counts('by_rule'),
  };
}
