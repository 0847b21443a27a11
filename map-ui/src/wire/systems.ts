/** Systems, and how fresh what they send is (docs/systems.md). */

import { type Case, decodeCase } from './cases';
import {
  decodeBilingual,
  decodeFigure,
  decodeIndicator,
  decodePeriod,
  decodeUnit,
  type Figure,
  type FigurePeriod,
  type FigureUnit,
  type Indicator,
  type Status,
} from './figures';
import { type Json, list, number, optional, record, text, time } from './guard';
import type { Bilingual } from './types';

export interface Freshness {
  readonly system: string;
  readonly number: string;
  readonly owner: Bilingual;
  readonly sources: readonly FreshSource[];
  readonly newest: number | null;
  readonly rhythmS: number;
  readonly reminder: number;
}

/** A source of a system: when it was heard last, and which reminder it has earned by itself. */
export interface FreshSource {
  readonly id: string;
  readonly lastSeen: number | null;
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

/** A system with its figures. */
export interface SystemTold {
  readonly id: string;
  readonly number: string;
  readonly title: Bilingual;
  readonly owner: Bilingual;
  readonly unit: FigureUnit;
  readonly period: FigurePeriod;
  readonly sources: readonly string[];
  readonly rhythmS: number;
  readonly events: readonly EventType[];
  readonly cases: readonly Case[];
  /** What people call codes in the data. */
  readonly words: Readonly<Record<string, Bilingual>>;
  readonly indicators: readonly Indicator[];
  readonly figures: ReadonlyMap<string, Figure>;
}

export interface EventType {
  readonly type: string;
  readonly title: Bilingual;
  readonly example: unknown;
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
    sources: list(json.sources, 'freshness.sources').map(decodeFreshSource),
    newest: optional(time, json.newest, 'freshness.newest'),
    rhythmS: number(json.rhythm_s, 'freshness.rhythm_s'),
    reminder: number(json.reminder, 'freshness.reminder'),
  };
}

function decodeFreshSource(value: unknown): FreshSource {
  const json = record(value, 'freshness.source');
  return {
    id: text(json.id, 'freshness.source.id'),
    lastSeen: optional(time, json.last_seen, 'freshness.source.last_seen'),
    reminder: number(json.reminder, 'freshness.source.reminder'),
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

export const decodeFreshnesses = (value: unknown): Freshness[] =>
  list(record(value, 'freshness').systems, 'freshness.systems').map(decodeFreshness);

export function decodeSystem(value: unknown): SystemTold {
  const json = record(value, 'system');
  const indicators = list(json.indicators, 'system.indicators').map((one) => record(one, 'system.indicator'));
  const figures = indicators.flatMap((one) => (one.now === null ? [] : [decodeFigure(one.now)]));
  return {
    ...decodeNamed(json),
    unit: decodeUnit(json.unit),
    period: decodePeriod(json.period),
    sources: list(json.sources, 'system.sources').map((source) => text(source, 'system.sources')),
    rhythmS: number(json.rhythm_s, 'system.rhythm_s'),
    events: list(json.events, 'system.events').map(decodeEventType),
    words: Object.fromEntries(
      Object.entries(record(json.words, 'system.words')).map(([code, word]) => [code, decodeBilingual(word, `words.${code}`)]),
    ),
    cases: list(json.cases, 'system.cases').map(decodeCase),
    indicators: indicators.map(decodeIndicator),
    figures: new Map(figures.map((figure) => [figure.indicator, figure])),
  };
}

function decodeEventType(value: unknown): EventType {
  const json = record(value, 'event');
  return { type: text(json.type, 'event.type'), title: decodeBilingual(json.title, 'event.title'), example: json.example };
}
