import { flag, list, number, oneOf, optional, text, time, WireError } from './guard';
import { type Reading, type StateRow, severities } from './types';

const states = ['normal', ...severities] as const;

/** Read the rows of a state frame, whose columns are named once for all of them. */
export function decodeRows(cols: unknown, rows: unknown): StateRow[] {
  const index = new Map(list(cols, 'cols').map((name, at) => [text(name, 'cols'), at]));
  return list(rows, 'rows').map((row) => decodeRow(index, list(row, 'row')));
}

function decodeRow(index: ReadonlyMap<string, number>, cells: readonly unknown[]): StateRow {
  const cell = (name: string): unknown => {
    const at = index.get(name);
    if (at === undefined) throw new WireError(`column ${name} is missing`);
    return cells[at];
  };
  const id = text(cell('id'), 'id');
  return {
    id,
    kind: text(cell('kind'), 'kind'),
    name: optional(text, cell('name'), 'name') ?? id,
    lon: optional(number, cell('lon'), 'lon'),
    lat: optional(number, cell('lat'), 'lat'),
    moving: flag(cell('moving'), 'moving'),
    speed: optional(number, cell('speed'), 'speed'),
    heading: optional(number, cell('heading'), 'heading'),
    state: oneOf(states, cell('state'), 'state'),
    t: optional(time, cell('t'), 't'),
    intervalS: optional(number, cell('interval_s'), 'interval_s'),
    unit: optional(text, cell('unit'), 'unit'),
    values: decodeValues(cell('values')),
  };
}

function decodeValues(value: unknown): Record<string, Reading> {
  const values: Record<string, Reading> = {};
  for (const [property, reading] of Object.entries((value ?? {}) as object)) {
    const [at, measured, severity] = list(reading, `values.${property}`);
    values[property] = {
      time: time(at, `values.${property}`),
      value: number(measured, `values.${property}`),
      severity: optional((word, place) => oneOf(severities, word, place), severity, `values.${property}`),
    };
  }
  return values;
}
