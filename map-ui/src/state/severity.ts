import { type Severity, type StationState, severities } from '../wire/types';

/** 0 for normal, 1 for minor, up to 4 for extreme. */
export function rank(state: StationState): number {
  return state === 'normal' ? 0 : severities.indexOf(state) + 1;
}

/** Worst first: the order in which severities are listed. */
export const worstFirst: readonly Severity[] = [...severities].reverse();
