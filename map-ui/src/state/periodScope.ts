/** The words of the address that lead a page to a period by its label: its kind, and its first day; none for kinds that a label does not tell. */
export function periodScope(label: string): Readonly<Record<string, string>> {
  if (/^\d{4}-\d\d$/.test(label)) return { period: 'month', at: `${label}-01` };
  if (/^\d{4}-\d\d-\d\d$/.test(label)) return { period: 'day', at: label };
  if (/^\d{4}$/.test(label)) return { period: 'year', at: `${label}-01-01` };
  const [, year, quarter] = /^(\d{4})-Q([1-4])$/.exec(label) ?? [];
  return quarter === undefined ? {} : { period: 'quarter', at: `${year}-${String(Number(quarter) * 3 - 2).padStart(2, '0')}-01` };
}
