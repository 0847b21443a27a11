import type { Limit, Rule } from '../wire/rule';
import type { Alert, StateRow } from '../wire/types';

/** The limits that apply to one series: those of the rules that select it, and those of its open alerts. */
export function limitsOf(rules: readonly Rule[], alerts: Iterable<Alert>, row: StateRow, property: string): Limit[] {
  const found = rules.filter((rule) => selects(rule, row, property)).flatMap((rule) => rule.limits);
  for (const alert of alerts) {
    if (alert.station === row.id && alert.property === property && alert.kind === 'threshold' && alert.limit !== null) {
      found.push({ severity: alert.severity, value: alert.limit });
    }
  }
  const unique = new Map(found.map((limit) => [`${limit.severity} ${limit.value}`, limit]));
  return [...unique.values()];
}

function selects({ select }: Rule, row: StateRow, property: string): boolean {
  const [source, station] = row.id.split('/');
  const wanted: [string | null, string | null | undefined][] = [
    [select.property, property],
    [select.kind, row.kind],
    [select.source, source],
    [select.station, station],
    [select.unit, row.unit],
  ];
  return wanted.every(([want, has]) => want === null || want === has);
}
