import { type Json, list, number, oneOf, optional, record, text } from './guard';
import { type Severity, severities } from './types';

/** The part of a rule that a chart shows: which series it looks at, and its limits. */
export interface Rule {
  readonly id: string;
  readonly select: {
    readonly property: string;
    readonly kind: string | null;
    readonly source: string | null;
    readonly station: string | null;
    readonly unit: string | null;
  };
  readonly limits: readonly Limit[];
}

export interface Limit {
  readonly severity: Severity;
  readonly value: number;
}

export function decodeRules(value: unknown): Rule[] {
  const told = list(record(value, 'rules').rules, 'rules').map((item) => record(item, 'rule'));
  // The limits of other kinds are not of the values that a chart shows: of rates, sums, durations, speeds in areas.
  return told
    .filter((json) => (json.kind ?? 'threshold') === 'threshold')
    .map((json) => {
      const select = record(json.select, 'rule.select');
      const word = (name: string) => optional(text, select[name], `rule.select.${name}`);
      return {
        id: text(json.id, 'rule.id'),
        select: {
          property: text(select.property, 'rule.select.property'),
          kind: word('kind'),
          source: word('source'),
          station: word('station'),
          unit: word('unit'),
        },
        limits: list(json.above ?? json.below ?? [], 'rule').map((limit) => decodeLimit(record(limit, 'rule.limit'))),
      };
    });
}

const decodeLimit = (json: Json): Limit => ({
  severity: oneOf(severities, json.severity, 'rule.limit.severity'),
  value: number(json.limit, 'rule.limit.limit'),
});
