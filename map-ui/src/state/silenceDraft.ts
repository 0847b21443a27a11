import type { Matcher, SilenceScope } from '../wire/silence';
import type { Alert, Severity } from '../wire/types';

/** A silence as it is being written: what of the alert that it began with it names. */
export interface SilenceDraft {
  /** Tells drafts apart: what is half written in the form belongs to one of them. */
  readonly nth: number;
  readonly rule: string | null;
  /** SOURCE/STATION. */
  readonly station: string | null;
  readonly source: string | null;
  readonly unit: string | null;
  /** Up to this severity; null: of any. */
  readonly upTo: Severity | null;
  /** The hours of the week in which it hides; null: all the time. */
  readonly hours: WeeklyHours | null;
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** From `from` to `to` (`22:00`, of the clock of the centre; past midnight where `to` is not later) on some days. */
export interface WeeklyHours {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
}

let begun = 0;

/** A draft that names nothing yet. */
export function emptyDraft(): SilenceDraft {
  begun += 1;
  return { nth: begun, rule: null, station: null, source: null, unit: null, upTo: null, hours: null };
}

/** A draft for alerts like this one: of its rule at its station, or its rule in its unit where it has no station. */
export function draftOf(alert: Alert): SilenceDraft {
  const { isStation } = alert;
  return {
    ...emptyDraft(),
    rule: alert.rule,
    station: isStation ? alert.station : null,
    source: isStation ? null : alert.kind === 'absence' ? alert.subject : null,
    unit: isStation ? null : (alert.unit?.code ?? null),
  };
}

/** What the draft means, by the clock of `zone`; null where it would hide everything, or hours are not said. */
export function scopeOf({ rule, station, source, unit, upTo, hours }: SilenceDraft, zone = 'Asia/Ho_Chi_Minh'): SilenceScope | null {
  const matchers: Matcher[] = [];
  const is = (name: string, value: string | null, op = '=') => {
    if (value !== null && value !== '') matchers.push({ name, op, value });
  };
  is('rule', rule);
  is('station', station);
  is('source', source);
  is('severity', upTo, '<=');
  const area = unit === null || unit === '' ? null : { unit };
  // A severity alone would hide nearly everything: more has to be named.
  const isNarrow = matchers.some(({ name }) => name !== 'severity') || area !== null;
  const recurrence = hours === null ? null : { ...hours, zone };
  const hasHours = hours === null || (hours.days.length > 0 && hours.from !== '' && hours.to !== '' && hours.from !== hours.to);
  return isNarrow && hasHours ? { matchers, area, recurrence } : null;
}
