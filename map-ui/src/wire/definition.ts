/** An indicator in full: how it is made, and what became of its figures (docs/indicators.md). */

import { decodeBilingual, decodeFigure, decodeIndicator, type Figure, type Indicator } from './figures';
import { list, number, optional, record, text, time } from './guard';
import type { Bilingual } from './types';

export interface Definition extends Indicator {
  readonly description: Bilingual;
  readonly formula: Bilingual;
  readonly dimensions: readonly { readonly id: string; readonly title: Bilingual }[];
  /** The indicators that it is made of. */
  readonly madeOf: readonly string[];
  readonly goals: readonly Goal[];
  /** What stations should send for it and none has ever sent. */
  readonly unsent: readonly string[];
}

/** What units of a level are to reach, from a day until another. */
export interface Goal {
  readonly level: string;
  readonly direction: 'at_least' | 'at_most';
  readonly limit: number;
  readonly since: string | null;
  readonly until: string | null;
  readonly unit: string | null;
  /** What the unit is called; null where nobody knows it. */
  readonly unitName: Bilingual | null;
  readonly plan: string;
}

export function decodeDefinition(value: unknown): Definition {
  const json = record(value, 'definition');
  const texts = (told: unknown, place: string) => list(told, place).map((one) => text(one, place));
  return {
    ...decodeIndicator(json),
    description: decodeBilingual(json.description, 'definition.description'),
    formula: decodeBilingual(json.formula, 'definition.formula'),
    dimensions: Object.entries(record(json.dimension_titles, 'definition.dimension_titles')).map(([id, title]) => ({
      id,
      title: decodeBilingual(title, `definition.dimension_titles.${id}`),
    })),
    madeOf: texts(json.made_of, 'definition.made_of'),
    unsent: texts(json.unsent, 'definition.unsent'),
    goals: list(json.targets, 'definition.targets').map(decodeGoal),
  };
}

function decodeGoal(value: unknown): Goal {
  const json = record(value, 'target');
  const direction = 'at_most' in json ? 'at_most' : 'at_least';
  return {
    level: text(json.level, 'target.level'),
    direction,
    limit: number(json[direction], `target.${direction}`),
    since: optional(text, json.since, 'target.since'),
    until: optional(text, json.until, 'target.until'),
    unit: optional(text, json.unit, 'target.unit'),
    unitName: optional(decodeBilingual, json.unit_name, 'target.unit_name'),
    plan: optional(text, json.plan, 'target.plan') ?? '',
  };
}

/** A figure of one member of a dimension; of all of them together where it is empty. */
export interface MemberFigure extends Figure {
  readonly member: string;
}

export const decodeValues = (value: unknown): MemberFigure[] =>
  list(record(value, 'values').values, 'values').map((one) => ({
    ...decodeFigure(one),
    member: optional(text, record(one, 'value').member, 'value.member') ?? '',
  }));

/** Events that are in no figure, since nobody knew their unit on their day; `codes` are the units that they name, the most frequent first. */
export interface Strays {
  readonly events: number;
  readonly codes: readonly (readonly [code: string, events: number])[];
}

export function decodeStrays(value: unknown): Strays {
  const json = record(record(value, 'values').without_unit, 'without_unit');
  const codes = Object.entries(record(json.codes, 'without_unit.codes'));
  return {
    events: number(json.events, 'without_unit.events'),
    codes: codes.map(([code, events]): [string, number] => [code, number(events, 'without_unit.codes')]).sort((a, b) => b[1] - a[1]),
  };
}

/** What was published of a figure, and from which day to which it stood. */
export interface FigureVersion {
  readonly published: string;
  readonly superseded: string | null;
  readonly version: number;
  readonly value: number | null;
  readonly events: number;
  readonly computedAt: number;
}

export const decodeVersions = (value: unknown): FigureVersion[] =>
  list(record(value, 'versions').versions, 'versions').map((one) => {
    const json = record(one, 'version');
    return {
      published: text(json.published, 'version.published'),
      superseded: optional(text, json.superseded, 'version.superseded'),
      version: number(json.version, 'version.version'),
      value: optional(number, json.value, 'version.value'),
      events: number(json.events, 'version.events'),
      computedAt: time(json.computed_at, 'version.computed_at'),
    };
  });
