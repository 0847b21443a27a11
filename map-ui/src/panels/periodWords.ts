import { type Language, type Messages, wordsOf } from '../i18n';
import type { FigurePeriod } from '../wire/figures';

type Words = Messages['figures'];

/** A period as people say it; periods of other kinds by their first and last day. */
export const periodText = (period: Pick<FigurePeriod, 'label'>, words: Words): string => labelText(period.label, words);

/** A label of a period (`2026-10`, `2026-Q3`, `2026-W42`, `2026`, a day, two days) as people say it. */
export function labelText(label: string, words: Words): string {
  const told = /^(\d{4})(?:-(?:Q(\d)|W(\d\d)|(\d\d)))?$/.exec(label);
  if (told === null) return label.split('/').map(dayText).join(' – ');
  const [, year = '', quarter, week, month] = told;
  if (quarter !== undefined) return words.quarterOf(quarter, year);
  if (week !== undefined) return words.weekOf(String(Number(week)), year);
  return month === undefined ? words.yearOf(year) : words.monthOf(String(Number(month)), year);
}

/** The same within a line of text, where a month has no capital in Vietnamese. */
export function labelWithin(label: string, language: Language): string {
  const told = labelText(label, wordsOf(language).figures);
  return language === 'vi' ? told.charAt(0).toLowerCase() + told.slice(1) : told;
}

/** The same where there is little room: `10/2026`; of two days the last. */
export function shortLabel(label: string): string {
  const last = label.split('/').at(-1) ?? label;
  const parts = last.split('-');
  return parts.length < 3 ? parts.reverse().join('/') : dayText(last);
}

/** `2023-05-20` as `20/05/2023`, in both languages. */
export const dayText = (day: string): string => day.split('-').reverse().join('/');

/** A kind of period in words: `Tháng`, `Từ ngày 20`. */
export function kindText(kind: string, words: Words): string {
  const from = /^from day (\d+)$/.exec(kind);
  if (from?.[1] !== undefined) return words.fromDay(from[1]);
  return (words.kinds as Readonly<Record<string, string>>)[kind] ?? kind;
}
