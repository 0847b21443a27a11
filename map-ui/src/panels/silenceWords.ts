import type { Messages } from '../i18n';
import type { Matcher } from '../wire/silence';

type Words = Messages['shift'];

/** A condition of a silence: `quy tắc = flood-level`. */
export function matcherText({ name, op, value }: Matcher, words: Words): string {
  const known = (words.names as Readonly<Record<string, string>>)[name] ?? name;
  return `${known} ${op} ${typeof value === 'string' ? value : value.join(', ')}`;
}

export function areaText(area: Readonly<Record<string, unknown>> | null, words: Words): string | null {
  if (area === null) return null;
  return typeof area.unit === 'string' ? words.area(area.unit) : words.polygon;
}
