import type { StationAlarm } from '../state/alerts';
import { rank } from '../state/severity';
import { glyphOf } from '../symbols/glyphs';
import type { StateRow, StationState } from '../wire/types';
import type { Placed } from './diff';
import { type Icon, iconName } from './icons';

/** What the map is given of a station: no more than what changes its picture, so that most new values cost it nothing. */
export type Mark = Placed<MarkProperties>;

export interface MarkProperties {
  readonly id: string;
  readonly name: string;
  readonly icon: string;
  /** The image from afar. */
  readonly far: string;
  /** The image of the kind over a vehicle's arrow; empty for what stands still. */
  readonly glyph: string;
  readonly heading: number;
  readonly state: StationState;
  readonly rank: number;
  /** 0 no open alert, 1 all acknowledged, 2 somebody has yet to acknowledge. */
  readonly ring: number;
  readonly alarm: string;
}

/** The picture of a station; null while it has no place. */
export function markOf(row: StateRow, stale: boolean, alarm: StationAlarm | undefined): Mark | null {
  if (row.lon === null || row.lat === null) return null;
  const look = { glyph: glyphOf(row.kind), state: row.state, stale };
  return {
    id: row.id,
    lon: row.lon,
    lat: row.lat,
    properties: {
      id: row.id,
      name: row.name,
      icon: iconName({ part: row.moving ? 'arrow' : 'station', ...look }),
      far: iconName(farLook(row, look)),
      glyph: row.moving ? iconName({ part: 'glyph', ...look }) : '',
      heading: Math.round(row.heading ?? 0),
      state: row.state,
      rank: rank(row.state),
      ring: ringOf(alarm),
      alarm: alarm?.severity ?? '',
    },
  };
}

/** Whether a ring is drawn: 0 without an open alert, 1 where all are acknowledged, 2 while somebody has yet to acknowledge. */
export const ringOf = (alarm: StationAlarm | undefined): number => (alarm === undefined ? 0 : alarm.unacknowledged ? 2 : 1);

/** From afar what is well is a dot, what is not keeps its whole symbol. */
function farLook(row: StateRow, look: Omit<Icon, 'part'>): Icon {
  if (row.moving) return { ...look, part: 'arrowhead', glyph: 'other' };
  return row.state === 'normal' ? { ...look, part: 'dot', glyph: 'other' } : { ...look, part: 'station' };
}
