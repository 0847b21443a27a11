/** `text` without diacritics and in lower case, so that "bac giang" finds "Bắc Giang". */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();
}

/** Whether every word of `query` occurs in one of `fields`, whatever its diacritics and case. */
export function matches(query: string, fields: readonly (string | null)[]): boolean {
  const haystack = fold(fields.filter((field) => field !== null).join(' '));
  return fold(query)
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
