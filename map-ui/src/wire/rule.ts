import { decodeBilingual } from './alert';
import { type Json, list, number, oneOf, optional, record, text } from './guard';
import { type Bilingual, type Severity, severities } from './types';

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

/** A rule as its document tells it: what a card says in plain words. Durations are as in rule files, `30s`, `5m`, `2wd`. */
export interface RuleDocument {
  readonly id: string;
  readonly title: Bilingual;
  readonly kind: string;
  readonly select: Readonly<Record<string, unknown>>;
  readonly direction: 'above' | 'below';
  /** `limit` is a duration where the rule is about time. */
  readonly limits: readonly { readonly severity: Severity; readonly limit: number | string; readonly clear: number | null }[];
  /** Of a rule that holds or does not, in the place of limits. */
  readonly severity: Severity | null;
  readonly hold: string;
  readonly keepFiringFor: string;
  /** What the member that states the condition says; empty for a threshold. */
  readonly condition: Readonly<Record<string, unknown>>;
}

export function decodeRuleDocuments(value: unknown): RuleDocument[] {
  return list(record(value, 'rules').rules, 'rules').map((item) => {
    const json = record(item, 'rule');
    const kind = optional(text, json.kind, 'rule.kind') ?? 'threshold';
    return {
      id: text(json.id, 'rule.id'),
      title: decodeBilingual(json.title, 'rule.title'),
      kind,
      select: record(json.select ?? {}, 'rule.select'),
      direction: json.below === undefined ? 'above' : 'below',
      limits: list(json.above ?? json.below ?? [], 'rule').map((limit) => decodeDocumentLimit(record(limit, 'rule.limit'))),
      severity: json.severity === undefined ? null : oneOf(severities, json.severity, 'rule.severity'),
      hold: optional(text, json.for, 'rule.for') ?? '0s',
      keepFiringFor: optional(text, json.keep_firing_for, 'rule.keep_firing_for') ?? '0s',
      condition: record(json[kind] ?? {}, `rule.${kind}`),
    };
  });
}

const decodeDocumentLimit = (json: Json) => ({
  severity: oneOf(severities, json.severity, 'rule.limit.severity'),
  limit: typeof json.limit === 'string' ? json.limit : number(json.limit, 'rule.limit.limit'),
  clear: optional(number, json.clear, 'rule.limit.clear'),
});

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
