import { flag, list, number, optional, record, text, time } from './guard';
import type { Bilingual } from './types';

/** An indicator in short, as `/v1/indicators` lists it. */
export interface Indicator {
  readonly id: string;
  readonly system: string | null;
  readonly title: Bilingual;
  readonly unitOfMeasure: Bilingual | null;
  readonly decimals: number;
  readonly periods: readonly string[];
}

/** A figure of a unit in a period; `complete` says from how many of those that should have reported. */
export interface Figure {
  readonly code: string;
  readonly period: string;
  /** Its first and its last day. */
  readonly begin: string;
  readonly end: string;
  readonly running: boolean;
  readonly value: number | null;
  readonly complete: { readonly reported: number; readonly expected: number } | null;
  readonly newest: number | null;
  readonly status: string | null;
}

function decodeText(value: unknown, place: string): Bilingual {
  if (typeof value === 'string') return { vi: value, en: value };
  const json = record(value, place);
  const vi = text(json.vi, `${place}.vi`);
  return { vi, en: optional(text, json.en, `${place}.en`) ?? vi };
}

export function decodeIndicators(value: unknown): Indicator[] {
  return list(record(value, 'indicators').indicators, 'indicators').map((each) => {
    const json = record(each, 'indicator');
    return {
      id: text(json.id, 'indicator.id'),
      system: optional(text, json.system, 'indicator.system'),
      title: decodeText(json.title, 'indicator.title'),
      unitOfMeasure: optional(decodeText, json.unit_of_measure, 'indicator.unit_of_measure'),
      decimals: optional(number, json.decimals, 'indicator.decimals') ?? 1,
      periods: list(json.periods, 'indicator.periods').map((word) => text(word, 'indicator.periods')),
    };
  });
}

export function decodeFigures(value: unknown): Figure[] {
  return list(record(value, 'values').values, 'values').flatMap((each) => {
    const json = record(each, 'value');
    if (json.unit === null || json.by !== undefined) return [];
    const period = record(json.period, 'value.period');
    const complete = optional(record, json.complete, 'value.complete');
    return {
      code: text(record(json.unit, 'value.unit').code, 'value.unit.code'),
      period: text(period.label, 'value.period.label'),
      begin: text(period.from, 'value.period.from'),
      end: text(period.to, 'value.period.to'),
      running: flag(json.running, 'value.running'),
      value: optional(number, json.value, 'value.value'),
      complete: complete && {
        reported: number(complete.reported, 'value.complete.reported'),
        expected: number(complete.expected, 'value.complete.expected'),
      },
      newest: optional(time, json.newest, 'value.newest'),
      status: optional(text, json.status, 'value.status'),
    };
  });
}
