import type { Alert, Cell, CellDelta, CellSnapshot } from '../wire/types';
import { type StationAlarm, weight } from './alerts';

/** The cells in which the view counts its stations; null where it shows each by itself. */
export type CellTable = ReadonlyMap<string, Cell> | null;

/** The table after a frame of cells. */
export function applyCells(table: CellTable, frame: CellSnapshot | CellDelta): ReadonlyMap<string, Cell> {
  const begins = frame.type === 'snap' && frame.page === 0;
  const next = new Map(begins ? [] : table);
  for (const cell of frame.cells) next.set(cell.id, cell);
  if (frame.type === 'd') for (const id of frame.removed) next.delete(id);
  return next;
}

/** How many stations the cells count. */
export function countIn(cells: Iterable<Cell>): number {
  let count = 0;
  for (const cell of cells) count += cell.count;
  return count;
}

/** How many stations of a cell are in another state than normal. */
export const troubledIn = (cell: Cell): number => cell.count - (cell.states[0] ?? 0);

/** The worst open alert in each of the cells, which are all of one zoom; what has no place is in none. */
export function alarmsByCell(cells: ReadonlyMap<string, Cell>, alerts: Iterable<Alert>): Map<string, StationAlarm> {
  const zoom = Number([...cells.keys()][0]?.split('/')[0] ?? 0);
  const alarms = new Map<string, StationAlarm>();
  for (const alert of alerts) {
    if (alert.lon === null || alert.lat === null) continue;
    const id = cellOf(alert.lon, alert.lat, zoom);
    if (!cells.has(id)) continue;
    const alarm = { severity: alert.severity, unacknowledged: !alert.acknowledged };
    const known = alarms.get(id);
    if (known === undefined || weight(alarm) > weight(known)) alarms.set(id, alarm);
  }
  return alarms;
}

/** The name of the cell in which a place lies, in the grid of web maps. */
export function cellOf(lon: number, lat: number, zoom: number): string {
  const side = 2 ** zoom;
  const column = Math.floor(((lon + 180) / 360) * side);
  const row = Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * side);
  return `${zoom}/${column}/${row}`;
}
