import type { Language, Messages } from '../i18n';
import { unitSign } from '../i18n/format';
import type { Earlier, Figure, Indicator, Target } from '../wire/figures';

export { dayText, kindText, labelText, periodText, shortLabel } from '../panels/periodWords';

type Words = Messages['figures'];

const locales: Readonly<Record<Language, string>> = { vi: 'vi-VN', en: 'en-GB' };

/** A number with as many decimals as the indicator publishes. */
export function decimalText(value: number, decimals: number, language: Language): string {
  const format = new Intl.NumberFormat(locales[language], { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return format.format(value).replace('-', '−');
}

/** A figure with its unit of measure: `85,5%`, `603.212.000 đồng`. */
export function valueText(value: number | null, indicator: Pick<Indicator, 'decimals' | 'measure'>, language: Language): string {
  if (value === null) return '–';
  const sign = indicator.measure === null ? '' : unitSign(indicator.measure[language]);
  return `${decimalText(value, indicator.decimals, language)}${sign === '' || sign === '%' ? sign : ` ${sign}`}`;
}

/** A figure where there is little room, its unit of measure left out but for percent: `85,5%`, `603,2 Tr`. */
export function shortValueText(value: number, indicator: Pick<Indicator, 'decimals' | 'measure'>, language: Language): string {
  if (indicator.measure?.en === '%') return valueText(value, indicator, language);
  if (Math.abs(value) < 1e6) return decimalText(value, indicator.decimals, language);
  return new Intl.NumberFormat(locales[language], { notation: 'compact', maximumFractionDigits: 1 }).format(value).replace('-', '−');
}

/** How far a figure is from another: `▲ 2,3 điểm %`; the sign says the direction, whether that is good is for the reader of `better`. */
export function changeText(change: number, indicator: Pick<Indicator, 'decimals' | 'measure'>, language: Language, words: Words): string {
  if (change === 0) return '=';
  const points = indicator.measure?.en === '%' ? ` ${words.points}` : '';
  return `${change > 0 ? '▲' : '▼'} ${decimalText(Math.abs(change), indicator.decimals, language)}${points}`;
}

/** Whether a change is welcome; null where nothing changed, or nobody has said which way is better. */
export function isBetter(change: number, better: Indicator['better']): boolean | null {
  return change === 0 || better === null ? null : change > 0 === (better === 'higher');
}

export function targetText(target: Target, indicator: Indicator, language: Language, words: Words): string {
  const limit = valueText(target.limit, { ...indicator, decimals: Number.isInteger(target.limit) ? 0 : 2 }, language);
  return target.direction === 'at_least' ? words.atLeast(limit) : words.atMost(limit);
}

/** The day after (`1`) or before (`-1`) a day: any day of a period names it. */
export function shiftDay(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** How often something comes. */
export function rhythmText(seconds: number, words: Words): string {
  if (seconds === 3600) return words.every.hour;
  if (seconds === 86_400) return words.every.day;
  if (seconds % 86_400 === 0) return words.every.days(seconds / 86_400);
  return seconds % 3600 === 0 ? words.every.hours(seconds / 3600) : words.seconds(seconds);
}

/** Whether everybody who was expected reported; null where nobody in particular is. */
export const isComplete = ({ complete }: Pick<Figure, 'complete'>): boolean | null =>
  complete === null ? null : complete.reported >= complete.expected;

/** Whether it is an index of which not all parts have a value. */
export const lacksParts = ({ value, part, of }: Pick<Figure, 'value' | 'part' | 'of'>): boolean =>
  value === null && part !== null && of !== null && part < of;

export const hasChange = (earlier: Earlier | null): earlier is Earlier & { change: number } => earlier !== null && earlier.change !== null;
