import type { Matcher, SilenceScope } from '../wire/silence';
import type { Alert, Severity } from '../wire/types';

/** A silence as it is being written: what of the alert that it began with it names. */
export interface SilenceDraft {
  readonly rule: string | null;
  /** SOURCE/STATION. */
  readonly station: string | null;
  readonly source: string | null;
  readonly unit: string | null;
  /** Up to this severity; null: of any. */
  readonly upTo: Severity | null;
}

export const emptyDraft: SilenceDraft = { rule: null, station: null, source: null, unit: null, upTo: null };

/** A draft for alerts like this one: of its rule at its station, or its rule in its unit where it has no station. */
export function draftOf(alert: Alert): SilenceDraft {
  const { isStation } = alert;
  return {
    ...emptyDraft,
    rule: alert.rule,
    station: isStation ? alert.station : null,
    source: isStation ? null : alert.kind === 'absence' ? alert.subject : null,
    unit: isStation ? null : (alert.unit?.code ?? null),
  };
}

/** What the draft means; null where it would hide everything. */
export function scopeOf({ rule, station, source, unit, upTo }: SilenceDraft): SilenceScope | null {
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
  return isNarrow ? { matchers, area, recurrence: null } : null;
}
