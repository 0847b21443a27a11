import type { Messages } from '../i18n';
import type { FigurePeriod } from '../wire/figures';

type Words = Messages['figures'];

/** A period as people say it; periods of other kinds by their first and last day. */
export function periodText(period: Pick<FigurePeriod, 'kind' | 'label' | 'from' | 'to'>, words: Words): string {
  const [year = '', rest = ''] = period.label.split('-');
  switch (period.kind) {
    case 'month':
      return words.monthOf(String(Number(rest)), year);
    case 'quarter':
      return words.quarterOf(rest.replace('Q', ''), year);
    case 'week':
      return words.weekOf(String(Number(rest.replace('W', ''))), year);
    case 'year':
      return words.yearOf(year);
    case 'day':
      return dayText(period.from);
    default:
      return `${dayText(period.from)} – ${dayText(period.to)}`;
  }
}

/** `2023-05-20` as `20/05/2023`, in both languages. */
export const dayText = (day: string): string => day.split('-').reverse().join('/');

/** A kind of period in words: `Tháng`, `Từ ngày 20`. */
export function kindText(kind: string, words: Words): string {
  const from = /^from day (\d+)$/.exec(kind);
  if (from?.[1] !== undefined) return words.fromDay(from[1]);
  return (words.kinds as Readonly<Record<string, string>>)[kind] ?? kind;
}
