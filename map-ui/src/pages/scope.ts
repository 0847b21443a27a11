import type { Route } from '../state/route';

/** Which unit and period a page is about, as the address tells; null: what the service takes without being told. */
export interface Scope {
  readonly unit: string | null;
  readonly period: string | null;
  readonly at: string | null;
}

export const scopeOf = ({ query }: Route): Scope => ({
  unit: query.unit ?? null,
  period: query.period ?? null,
  at: query.at ?? null,
});

/** A call with the words that were told. */
export function callOf(path: string, told: Readonly<Record<string, string | number | null>>): string {
  const words = Object.entries(told).flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, String(value)]]));
  return words.length === 0 ? path : `${path}?${new URLSearchParams(words)}`;
}
