import type { StationAlarm } from '../state/alerts';
import { troubledIn } from '../state/cells';
import { rank } from '../state/severity';
import type { Cell } from '../wire/types';
import type { Placed } from './diff';
import { ringOf } from './features';
import { iconName } from './icons';

export interface CellProperties {
  readonly id: string;
  readonly icon: string;
  readonly rank: number;
  /** How many stations are not well, in writing; empty where all are. */
  readonly troubled: string;
  readonly count: string;
  /** How large it is drawn, 0 to 3 by the powers of ten of its count. */
  readonly size: number;
  readonly ring: number;
  readonly alarm: string;
}

/**
 * The picture of a cell: the outline of its worst state, how many are not well, and how many there are. Where those that are not well are
 * drawn by themselves (`apart`), with their rings, it only counts.
 */
export function cellMark(
  cell: Cell,
  alarm: StationAlarm | undefined,
  apart: boolean,
  number: (value: number) => string,
): Placed<CellProperties> {
  const troubled = apart ? 0 : troubledIn(cell);
  const state = apart ? 'normal' : cell.state;
  return {
    id: cell.id,
    lon: cell.lon,
    lat: cell.lat,
    properties: {
      id: cell.id,
      icon: iconName({ part: 'cell', glyph: 'other', state, stale: false }),
      rank: rank(state),
      troubled: troubled === 0 ? '' : number(troubled),
      count: number(cell.count),
      size: Math.min(3, Math.log10(cell.count)),
      ring: apart ? 0 : ringOf(alarm),
      alarm: alarm?.severity ?? '',
    },
  };
}
