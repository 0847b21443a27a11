/** Reading unknown JSON: every function returns a value of the promised type or throws a WireError that names the place. */

export class WireError extends Error {
  override readonly name = 'WireError';
}

export type Json = Readonly<Record<string, unknown>>;

export function record(value: unknown, place: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new WireError(`${place} is not an object`);
}

export function list(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new WireError(`${place} is not an array`);
}

export function text(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw new WireError(`${place} is not a text`);
}

export function number(value: unknown, place: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new WireError(`${place} is not a finite number`);
}

export function flag(value: unknown, place: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new WireError(`${place} is not true or false`);
}

/** Milliseconds since 1970 of an RFC 3339 time. */
export function time(value: unknown, place: string): number {
  const parsed = Date.parse(text(value, place));
  if (Number.isNaN(parsed)) throw new WireError(`${place} is not a time: ${String(value)}`);
  return parsed;
}

export function oneOf<T extends string>(words: readonly T[], value: unknown, place: string): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new WireError(`${place} is ${String(value)}, not one of ${words.join(', ')}`);
  return found;
}

/** `read(value)`, or null where the value is null or missing. */
export function optional<T>(read: (value: unknown, place: string) => T, value: unknown, place: string): T | null {
  return value === null || value === undefined ? null : read(value, place);
}
