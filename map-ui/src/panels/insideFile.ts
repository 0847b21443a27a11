import { type Language, type Messages, messages } from '../i18n';
import type { RestClient } from '../rest/client';
import type { Inside } from '../rest/inside';
import { tableInWords } from '../state/tableWords';
import { record } from '../wire/guard';
import { propertyName } from './wording';

/** What a file of what is inside an area can be. */
export const fileForms = [
  ['csv', 'CSV'],
  ['json', 'GeoJSON'],
  ['gpkg', 'GeoPackage'],
] as const;
export type FileForm = (typeof fileForms)[number][0];

/**
 * All that is inside, as a file. CSV of stations is for people: it has the titles of its columns in `language`, and times on the clock of `zone`.
 * GeoJSON and GeoPackage are for programs, which know the columns by their names; layers name theirs themselves.
 */
export async function fetchInsideFile(rest: RestClient, inside: Inside, form: FileForm, language: Language, zone: string): Promise<Blob> {
  const file = await rest.file(`${inside.path}&f=${form}${form === 'json' ? '&limit=10000' : ''}`);
  if (form !== 'csv' || inside.collection !== 'stations') return file;
  const titles = await rest.get(`/ogc/collections/stations/schema?lang=${language}`, decodeTitles);
  const words = messages.peek();
  const table = tableInWords(await file.text(), (column) => titleOf(column, titles, language, words), zone);
  return new Blob([table], { type: 'text/csv;charset=utf-8' });
}

function titleOf(column: string, titles: ReadonlyMap<string, string>, language: Language, words: Messages): string {
  if (column === 'lon' || column === 'lat') return words.draw[column];
  const title = titles.get(column) ?? column;
  // What stations measure, and when, the service calls by its code.
  const property = column.replace(/_time$/, '');
  const isMeasured = title === property || title.startsWith(`${property} (`);
  return isMeasured ? title.replace(property, propertyName(property, undefined, language, words)) : title;
}

function decodeTitles(json: unknown): ReadonlyMap<string, string> {
  const columns = Object.entries(record(record(json, 'schema').properties, 'schema.properties'));
  return new Map(columns.map(([name, column]) => [name, String(record(column, `schema.properties.${name}`).title ?? name)]));
}
