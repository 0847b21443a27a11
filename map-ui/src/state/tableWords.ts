import { withOffset } from './localTime';

/** A cell of CSV (RFC 4180) with something in it. */
const cell = /"(?:[^"]|"")*"|[^,\r\n]+/g;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * A table in CSV as the service writes it, for people: `titleOf` names its columns, and its instants stand on the clock of `zone`. A title that
 * another column has already is followed by the name of the column.
 */
export function tableInWords(csv: string, titleOf: (column: string) => string, zone: string): string {
  const text = csv.replace(/^\u{feff}/u, '');
  const names = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const used = new Set<string>();
  const head = names.replace(cell, (name) => {
    const column = name.replace(/^"|"$/g, '').replaceAll('""', '"');
    const title = used.has(titleOf(column)) ? `${titleOf(column)} (${column})` : titleOf(column);
    used.add(title);
    return /[",\r\n]/.test(title) ? `"${title.replaceAll('"', '""')}"` : title;
  });
  const rows = text.slice(names.length).replace(cell, (value) => (instant.test(value) ? withOffset(Date.parse(value), zone) : value));
  return `\u{feff}${head}${rows}`;
}
