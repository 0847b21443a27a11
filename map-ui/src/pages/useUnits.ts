import { optional, record, text } from '../wire/guard';
import type { Bilingual } from '../wire/types';
import { callOf } from './scope';
import { type Answer, useAnswer } from './useAnswer';

/** A unit that was in force on a day; `path` goes up to the highest. */
export interface UnitListed {
  readonly code: string;
  readonly level: string;
  readonly name: Bilingual;
  readonly path: Bilingual;
}

/** All units in force on a day (null: today). */
export function useUnits(day: string | null): Answer<readonly UnitListed[]> {
  return useAnswer(callOf('/v1/units', { limit: 20_000, 'as-of': day }), decodeUnits);
}

export function decodeUnits(value: unknown): UnitListed[] {
  const units = record(value, 'units').units;
  return (Array.isArray(units) ? units : []).map((unit: unknown) => {
    const json = record(unit, 'unit');
    return {
      code: text(json.code, 'unit.code'),
      level: optional(text, json.level, 'unit.level') ?? '',
      name: { vi: text(json.name_vi, 'unit.name_vi'), en: text(json.name_en, 'unit.name_en') },
      path: { vi: text(json.path_vi, 'unit.path_vi'), en: text(json.path_en, 'unit.path_en') },
    };
  });
}
