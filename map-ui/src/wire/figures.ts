/** Figures of units and periods, and systems (docs/indicators.md, docs/systems.md). */

import { flag, type Json, list, number, oneOf, optional, record, text, time } from './guard';
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
  readonly target: Target | null;
  readonly previous: Earlier | null;
  readonly yearBefore: Earlier | null;
}

export interface Target {
  readonly direction: 'at_least' | 'at_most';
  readonly limit: number;
  readonly plan: string | null;
}

export interface Freshness {
  readonly system: string;
  readonly number: string;
  readonly owner: Bilingual;
  readonly sources: readonly string[];
  readonly newest: number | null;
  readonly rhythmS: number;
  readonly reminder: number;
}

export interface SystemBrief {
  readonly id: string;
  readonly number: string;
  readonly title: Bilingual;
  readonly owner: Bilingual;
  readonly freshness: Freshness;
  readonly targets: Readonly<Record<Status, number>>;
  readonly figures: readonly Figure[];
  readonly moreFigures: number;
}

export interface Overview {
  readonly unit: FigureUnit;
  readonly period: FigurePeriod;
  readonly systems: readonly SystemBrief[];
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
    target: optional(decodeTarget, json.target, 'figure.target'),
    previous: optional(decodeEarlier, json.previous, 'figure.previous'),
    yearBefore: optional(decodeEarlier, json.year_before, 'figure.year_before'),
  };
}

export function decodeOverview(value: unknown): Overview {
  const json = record(value, 'overview');
  return {
    unit: decodeUnit(json.unit),
    period: decodePeriod(json.period),
    systems: list(json.systems, 'systems').map(decodeSystemBrief),
  };
}

export function decodeFreshness(value: unknown): Freshness {
  const json = record(value, 'freshness');
  return {
    system: text(json.system, 'freshness.system'),
    number: text(json.number, 'freshness.number'),
    owner: decodeBilingual(json.owner, 'freshness.owner'),
    sources: list(json.sources, 'freshness.sources').map((source) => text(source, 'freshness.sources')),
    newest: optional(time, json.newest, 'freshness.newest'),
    rhythmS: number(json.rhythm_s, 'freshness.rhythm_s'),
    reminder: number(json.reminder, 'freshness.reminder'),
  };
}

function decodeSystemBrief(value: unknown): SystemBrief {
  const json = record(value, 'system');
  return { ...decodeNamed(json), ...decodeStanding(json) };
}

function decodeNamed(json: Json) {
  return {
    id: text(json.id, 'system.id'),
    number: text(json.number, 'system.number'),
    title: decodeBilingual(json.title, 'system.title'),
    owner: decodeBilingual(json.owner, 'system.owner'),
  };
}

function decodeStanding(json: Json) {
  const targets = record(json.targets, 'system.targets');
  const counted = (status: Status) => number(targets[status] ?? 0, `system.targets.${status}`);
  return {
    freshness: decodeFreshness(json.freshness),
    targets: { met: counted('met'), at_risk: counted('at_risk'), missed: counted('missed') },
    figures: list(json.indicators, 'system.indicators').map(decodeFigure),
    moreFigures: number(json.more_indicators, 'system.more_indicators'),
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
