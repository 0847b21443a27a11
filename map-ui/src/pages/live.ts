import type { Earlier, Figure } from '../wire/figures';
import type { LiveFigure } from '../wire/live-figure';

export type LiveFigures = ReadonlyMap<string, LiveFigure>;

export const noLive: LiveFigures = new Map();

/** A figure as the stream told it last, where it did since the service was asked; what the stream does not tell stays. */
export function freshened<T extends Figure>(figure: T, live: LiveFigures): T {
  const told = live.get(`${figure.indicator}/${figure.unit?.code ?? ''}/${figure.period.label}`);
  if (told === undefined || told.kind !== figure.period.kind || told.computedAt <= (figure.computedAt ?? 0)) return figure;
  const { value, part, of, events, reported, expected, newest, status, version, computedAt, running } = told;
  return {
    ...figure,
    ...{ value, part, of, events, newest, status, version, computedAt, running },
    complete: expected === null ? null : { reported: reported ?? 0, expected },
    previous: compared(figure.previous, value),
    yearBefore: compared(figure.yearBefore, value),
  };
}

function compared(earlier: Earlier | null, value: number | null): Earlier | null {
  if (earlier === null) return null;
  // To the decimals that figures have at most, so that no trace of binary arithmetic is shown.
  const change = earlier.value === null || value === null ? null : Number((value - earlier.value).toFixed(6));
  return { ...earlier, change };
}
