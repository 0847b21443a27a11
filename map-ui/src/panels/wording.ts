import type { Language, Messages } from '../i18n';
import type { Formats } from '../i18n/format';
import { glyphOf } from '../symbols/glyphs';
import type { Alert, PropertyDescription, StateRow } from '../wire/types';
import { labelWithin } from './periodWords';

/** The kind of a station in words; one that is not known is shown as the field system names it. */
export function kindName(kind: string, words: Messages): string {
  const glyph = glyphOf(kind);
  return glyph === 'other' ? spaced(kind) : words.kind[glyph];
}

/**
 * A property in words. The station's own name for it is in Vietnamese, so it comes first there; elsewhere ours does, where we have one.
 */
export function propertyName(property: string, description: PropertyDescription | undefined, language: Language, words: Messages): string {
  const ours = (words.property as Readonly<Record<string, string>>)[property];
  const theirs = description?.name ?? undefined;
  return (language === 'vi' ? (theirs ?? ours) : (ours ?? theirs)) ?? spaced(property);
}

/** A value with its unit of measure, or yes and no for a property that is only 0 or 1. */
export function measureText(value: number, description: PropertyDescription | undefined, formats: Formats, words: Messages): string {
  if (isSwitch(description)) return value === 0 ? words.station.no : words.station.yes;
  return formats.quantity(value, description?.unit ?? null);
}

/** The mean of a series: of a switch, the share of time that it was on. */
export function meanText(value: number, description: PropertyDescription | undefined, formats: Formats): string {
  return isSwitch(description) ? formats.quantity(value * 100, '%') : formats.quantity(value, description?.unit ?? null);
}

/** Whether a property is only 0 or 1. */
export const isSwitch = (description: PropertyDescription | undefined): boolean =>
  description?.unit === '1' && description.min === 0 && description.max === 1;

/** The state in words; a station that has fallen silent is called so, since its state is only the last one known. */
export function stateName(row: StateRow, stale: boolean, words: Messages): string {
  const state = row.state === 'normal' ? words.normal : words.severity[row.state];
  return stale ? `${words.stale} (${state.toLowerCase()})` : state;
}

const spaced = (code: string): string => code.replaceAll(/[_-]+/g, ' ');

/** Why an alert was closed, in words. */
export const closeReasonName = (reason: string, words: Messages): string =>
  (words.desk.reasons as Readonly<Record<string, string>>)[reason] ?? reason;

interface NamedUnit {
  readonly code: string;
  readonly nameVi: string;
  readonly nameEn: string;
}

/** What an alert is about, beside its unit: a figure with its period, a station by its name, a unit by its name where the alert has none; null where the unit says it all. */
export function subjectName(alert: Alert, units: readonly NamedUnit[], language: Language): string | null {
  if (alert.target !== null) return `${alert.target.title[language]} · ${labelWithin(alert.target.period, language)}`;
  const code = alert.isStation ? undefined : /(?:^|\/)unit:([^/]+)$/.exec(alert.subject)?.[1];
  if (code === undefined) return alert.stationName;
  if (alert.unit !== null) return null;
  const unit = units.find((each) => each.code === code);
  return unit ? (language === 'vi' ? unit.nameVi : unit.nameEn) : alert.stationName;
}

/** A length of time in whole days, below two in hours, below two of these in minutes. */
export function lengthText(ms: number, words: Messages['figures']): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 2) return words.minutes(Math.floor(ms / 60_000));
  return hours < 48 ? words.hours(hours) : words.days(Math.floor(hours / 24));
}
