/** Figures of units and periods (docs/indicators.md). */

import { flag, list, number, oneOf, optional, record, text, time } from './guard';
import type { Bilingual } from './types';

export const statuses = ['met', 'at_risk', 'missed'] as const;
export type Status = (typeof statuses)[number];

export interface FigureUnit {
  readonly code: string;
  readonly level: string;
  readonly name: Bilingual;
}

export interface FigurePeriod {
  readonly kind: string;
  readonly label: string;
  /** First and last day, as `2023-05-01`. */
  readonly from: string;
  readonly to: string;
}

/** A figure of another period, and how far the present one is from it. */
export interface Earlier {
  readonly period: string;
  readonly value: number | null;
  readonly change: number | null;
}

export interface Figure {
  readonly indicator: string;
  readonly unit: FigureUnit | null;
  readonly period: FigurePeriod;
  readonly value: number | null;
  readonly part: number | null;
  readonly of: number | null;
  readonly events: number;
  /** Who reported of those expected; null where nobody in particular is. */
  readonly complete: { readonly reported: number; readonly expected: number } | null;
  /** Time of the newest event that counts. */
  readonly newest: number | null;
  readonly version: number | null;
  readonly computedAt: number | null;
  readonly running: boolean;
  readonly status: Status | null;
  /** Of so few cases that it gets no rank, and a missed target raises no alert. */
  readonly few: boolean;
  readonly target: Target | null;
  readonly previous: Earlier | null;
  readonly yearBefore: Earlier | null;
}

export interface Target {
  readonly direction: 'at_least' | 'at_most';
  readonly limit: number;
  readonly plan: string | null;
}

export function decodeBilingual(value: unknown, place: string): Bilingual {
  const json = record(value, place);
  return { vi: text(json.vi, `${place}.vi`), en: text(json.en, `${place}.en`) };
}

export function decodeUnit(value: unknown, place = 'unit'): FigureUnit {
  const json = record(value, place);
  const vi = text(json.name_vi, `${place}.name_vi`);
  return {
    code: text(json.code, `${place}.code`),
    level: optional(text, json.level, `${place}.level`) ?? '',
    name: { vi, en: optional(text, json.name_en, `${place}.name_en`) ?? vi },
  };
}

export function decodePeriod(value: unknown, place = 'period'): FigurePeriod {
  const json = record(value, place);
  return {
    kind: text(json.kind, `${place}.kind`),
    label: text(json.label, `${place}.label`),
    from: text(json.from, `${place}.from`),
    to: text(json.to, `${place}.to`),
  };
}

export function decodeFigure(value: unknown): Figure {
  const json = record(value, 'figure');
  const origin = record(json.origin, 'figure.origin');
  const complete = optional(record, json.complete, 'figure.complete');
  return {
    indicator: optional(text, json.indicator, 'figure.indicator') ?? '',
    unit: optional(decodeUnit, json.unit, 'figure.unit'),
    period: decodePeriod(json.period, 'figure.period'),
    value: optional(number, json.value, 'figure.value'),
    part: optional(number, json.part, 'figure.part'),
    of: optional(number, json.of, 'figure.of'),
    events: number(json.events, 'figure.events'),
    complete: complete && {
      reported: optional(number, complete.reported, 'complete.reported') ?? 0,
      expected: number(complete.expected, 'complete.expected'),
    },
    newest: optional(time, json.newest, 'figure.newest'),
    version: optional(number, origin.version, 'origin.version'),
    computedAt: optional(time, origin.computed_at, 'origin.computed_at'),
    running: flag(json.running, 'figure.running'),
    status: optional(decodeStatus, json.status, 'figure.status'),
    few: flag(json.few, 'figure.few'),
    target: optional(decodeTarget, json.target, 'figure.target'),
    previous: optional(decodeEarlier, json.previous, 'figure.previous'),
    yearBefore: optional(decodeEarlier, json.year_before, 'figure.year_before'),
  };
}

const decodeStatus = (value: unknown, place: string): Status => oneOf(statuses, value, place);

function decodeTarget(value: unknown, place: string): Target {
  const json = record(value, place);
  const direction = 'at_most' in json ? 'at_most' : 'at_least';
  return { direction, limit: number(json[direction], `${place}.${direction}`), plan: optional(text, json.plan, `${place}.plan`) };
}

function decodeEarlier(value: unknown, place: string): Earlier {
  const json = record(value, place);
  return {
    period: text(json.period, `${place}.period`),
    value: optional(number, json.value, `${place}.value`),
    change: optional(number, json.change, `${place}.change`),
  };
}

/** An indicator in short: what a figure is called and how it is written. */
export interface Indicator {
  readonly id: string;
  readonly system: string;
  readonly title: Bilingual;
  readonly measure: Bilingual | null;
  readonly decimals: number;
  /** Null where nobody has said whether more or less of it is welcome. */
  readonly better: 'higher' | 'lower' | null;
  readonly periods: readonly string[];
  readonly hasTarget: boolean;
  /** The levels of which units have one. */
  readonly targetLevels: readonly string[];
}

export function decodeIndicator(value: unknown): Indicator {
  const json = record(value, 'indicator');
  return {
    id: text(json.id, 'indicator.id'),
    system: text(json.system, 'indicator.system'),
    title: decodeBilingual(json.title, 'indicator.title'),
    measure: optional(decodeBilingual, json.unit_of_measure, 'indicator.unit_of_measure'),
    decimals: number(json.decimals, 'indicator.decimals'),
    better: optional((told, place) => oneOf(['higher', 'lower'], told, place), json.better, 'indicator.better'),
    periods: list(json.periods, 'indicator.periods').map((kind) => text(kind, 'indicator.periods')),
    hasTarget: flag(json.has_target, 'indicator.has_target'),
    targetLevels: list(json.target_levels, 'indicator.target_levels').map((level) => text(level, 'indicator.target_levels')),
  };
}

export const decodeIndicators = (value: unknown): Indicator[] =>
  list(record(value, 'indicators').indicators, 'indicators').map(decodeIndicator);

/** The figures of a unit, and of which period they are. */
export interface UnitFigures {
  readonly unit: FigureUnit;
  readonly period: FigurePeriod;
  readonly figures: readonly Figure[];
}

export function decodeUnitFigures(value: unknown): UnitFigures {
  const json = record(value, 'figures');
  return { unit: decodeUnit(json.unit), period: decodePeriod(json.period), figures: list(json.values, 'values').map(decodeFigure) };
}

export type Trends = ReadonlyMap<string, readonly (number | null)[]>;

/** Figures over the periods that lead to one, by indicator, the oldest first. */
export interface TrendsTold {
  readonly periods: readonly string[];
  readonly trends: Trends;
}

export function decodeTrends(value: unknown): TrendsTold {
  const json = record(value, 'trends');
  const trends = Object.entries(record(json.trends, 'trends.trends')).map(
    ([name, values]) => [name, list(values, `trends.${name}`).map((one) => optional(number, one, `trends.${name}`))] as const,
  );
  return { periods: list(json.periods, 'trends.periods').map((label) => text(label, 'trends.periods')), trends: new Map(trends) };
}

export interface RankedFigure extends Figure {
  /** Null where there are too few cases, or no figure. */
  readonly rank: number | null;
  readonly tied: boolean;
}

export interface Ranking {
  readonly indicator: Indicator;
  readonly period: FigurePeriod;
  readonly minimum: number;
  readonly rows: readonly RankedFigure[];
}

export function decodeRanking(value: unknown): Ranking {
  const json = record(value, 'ranking');
  return {
    indicator: decodeIndicator(json),
    period: decodePeriod(json.period),
    minimum: number(json.minimum, 'ranking.minimum'),
    rows: list(json.ranking, 'ranking.ranking').map((row) => {
      const told = record(row, 'ranking.row');
      return {
        ...decodeFigure(told),
        rank: optional(number, told.rank, 'ranking.rank'),
        tied: flag(told.tied, 'ranking.tied'),
      };
    }),
  };
}

export interface Level {
  readonly id: string;
  readonly title: Bilingual;
}

export const decodeLevels = (value: unknown): Level[] =>
  list(record(value, 'levels').levels, 'levels').map((level) => {
    const json = record(level, 'level');
    return { id: text(json.id, 'level.id'), title: decodeBilingual(json.title, 'level.title') };
  });
