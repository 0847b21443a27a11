import { flag, list, number, oneOf, optional, text, time, WireError } from './guard';

export const targetStatuses = ['met', 'at_risk', 'missed'] as const;
export type TargetStatus = (typeof targetStatuses)[number];

/** The present figure of an indicator for a unit: of the period that runs, or of the newest one of its kind that is over. */
export interface LiveFigure {
  /** INDICATOR/UNIT/PERIOD. */
  readonly id: string;
  readonly indicator: string;
  readonly unit: string;
  readonly kind: string;
  readonly period: string;
  readonly running: boolean;
  /** Null where there is nothing to divide by. */
  readonly value: number | null;
  readonly part: number | null;
  readonly of: number | null;
  readonly events: number;
  readonly reported: number | null;
  readonly expected: number | null;
  /** Time of the newest event that counts. */
  readonly newest: number | null;
  readonly status: TargetStatus | null;
  readonly target: number | null;
  readonly version: number | null;
  readonly computedAt: number;
}

/** Read the rows of a frame of figures, whose columns are named once for all of them. */
export function decodeLiveFigures(cols: unknown, rows: unknown): LiveFigure[] {
  const index = new Map(list(cols, 'cols').map((name, at) => [text(name, 'cols'), at]));
  return list(rows, 'rows').map((row) => decodeLiveFigure(index, list(row, 'row')));
}

function decodeLiveFigure(index: ReadonlyMap<string, number>, cells: readonly unknown[]): LiveFigure {
  const cell = (name: string): unknown => {
    const at = index.get(name);
    if (at === undefined) throw new WireError(`column ${name} is missing`);
    return cells[at];
  };
  const word = (name: string) => text(cell(name), name);
  const amount = (name: string) => optional(number, cell(name), name);
  return {
    id: word('id'),
    indicator: word('indicator'),
    unit: word('unit'),
    kind: word('kind'),
    period: word('period'),
    running: flag(cell('running'), 'running'),
    value: amount('value'),
    part: amount('part'),
    of: amount('of'),
    events: number(cell('events'), 'events'),
    reported: amount('reported'),
    expected: amount('expected'),
    newest: optional(time, cell('newest'), 'newest'),
    status: optional((told, place) => oneOf(targetStatuses, told, place), cell('status'), 'status'),
    target: amount('target'),
    version: amount('version'),
    computedAt: time(cell('computed_at'), 'computed_at'),
  };
}
