import type { Bilingual, UnitRef } from '../wire/types';
import type { Language, Messages } from './index';

const locales: Readonly<Record<Language, string>> = { vi: 'vi-VN', en: 'en-GB' };

/** Numbers, times and names in a language and in the time zone of the centre. */
export interface Formats {
  /** A measured value: three significant digits after the point at most, digits grouped as the language does. */
  number(value: number): string;
  /** `value` with its unit of measure. */
  quantity(value: number | null, ucum: string | null): string;
  /** Hours, minutes, seconds. */
  clock(time: number): string;
  date(time: number): string;
  /** Time of day, with the date where it is not the day of `now`. */
  moment(time: number, now: number): string;
  /** The zone as people say it, `GMT+7`. */
  readonly zone: string;
}

const ucumSigns: Readonly<Record<string, string>> = {
  'ug/m3': 'µg/m³',
  'mg/m3': 'mg/m³',
  'm3/s': 'm³/s',
  Cel: '°C',
  '{AQI}': '',
  '{count}': '',
  '1': '',
  '%': '%',
  deg: '°',
  '/h': '/h',
  '/min': '/min',
};

/** A UCUM code as people write the unit: `ug/m3` → `µg/m³`; annotations in braces stand without the braces. */
export function unitSign(ucum: string | null): string {
  if (ucum === null) return '';
  return ucumSigns[ucum] ?? ucum.replace(/[{}]/g, '');
}

export function createFormats(language: Language, timeZone: string): Formats {
  const locale = locales[language];
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 2, signDisplay: 'negative' });
  const small = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2, signDisplay: 'negative' });
  const clock = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const minute = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const date = new Intl.DateTimeFormat(locale, { timeZone, day: '2-digit', month: '2-digit', year: 'numeric' });
  const number = (value: number) => (value !== 0 && Math.abs(value) < 0.1 ? small : numbers).format(value).replace('-', '−');
  return {
    number,
    quantity(value, ucum) {
      if (value === null) return '–';
      const sign = unitSign(ucum);
      return sign === '' ? number(value) : `${number(value)}${sign === '%' || sign === '°' ? '' : ' '}${sign}`;
    },
    clock: (time) => clock.format(time),
    date: (time) => date.format(time),
    moment: (time, now) => {
      const sameDay = date.format(time) === date.format(now);
      return sameDay ? minute.format(time) : `${minute.format(time)} ${date.format(time).slice(0, 5)}`;
    },
    zone: zoneName(timeZone),
  };
}

function zoneName(timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'shortOffset' }).formatToParts(Date.UTC(2026, 0, 1));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? timeZone;
}

/** How long ago, coarser the longer: seconds, minutes, hours, days. */
export function formatAge(ms: number | null, words: Messages['age']): string {
  if (ms === null) return words.never;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return words.now;
  if (seconds < 60) return words.seconds(seconds);
  if (seconds < 3600) return words.minutes(Math.floor(seconds / 60));
  if (seconds < 86_400) return words.hours(Math.floor(seconds / 3600));
  return words.days(Math.floor(seconds / 86_400));
}

/** How long, in the two largest units that it has: "3 giờ 20 phút". */
export function formatSpan(seconds: number, words: Messages['age']): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.round(seconds));
  for (const [size, name] of [
    [86_400, words.span.days],
    [3600, words.span.hours],
    [60, words.span.minutes],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(name(count));
  }
  return parts.slice(0, 2).join(' ') || words.span.minutes(0);
}

export const pick = (text: Bilingual, language: Language): string => text[language];

export const unitPath = (unit: UnitRef, language: Language): string => (language === 'vi' ? unit.pathVi : unit.pathEn);

/** The path without the topmost unit, which is the same for all of a centre, where at least two others remain. */
export function shortUnitPath(unit: UnitRef, language: Language): string {
  const parts = unitPath(unit, language).split(', ');
  return parts.slice(0, Math.max(2, parts.length - 1)).join(', ');
}
