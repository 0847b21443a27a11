import { list, number, oneOf, optional, text, time, WireError } from './guard';
import { type Cell, severities } from './types';

const states = ['normal', ...severities] as const;

/** Read the cells of a state frame that looks from afar; throws WireError where a column is missing or of the wrong type. */
export function decodeCells(cols: unknown, rows: unknown): Cell[] {
  const index = new Map(list(cols, 'cols').map((name, at) => [text(name, 'cols'), at]));
  return list(rows, 'rows').map((row) => {
    const cells = list(row, 'row');
    const cell = (name: string): unknown => {
      const at = index.get(name);
      if (at === undefined) throw new WireError(`column ${name} is missing`);
      return cells[at];
    };
    const [west, south, east, north] = list(cell('bbox'), 'bbox').map((edge) => number(edge, 'bbox'));
    return {
      id: text(cell('cell'), 'cell'),
      bbox: [number(west, 'bbox'), number(south, 'bbox'), number(east, 'bbox'), number(north, 'bbox')],
      lon: number(cell('lon'), 'lon'),
      lat: number(cell('lat'), 'lat'),
      count: number(cell('count'), 'count'),
      state: oneOf(states, cell('state'), 'state'),
      states: list(cell('states'), 'states').map((count) => number(count, 'states')),
      t: optional(time, cell('t'), 't'),
    };
  });
}
