import { list, number, record } from './guard';

/** How far the service is with counting what figures are made of. */
export interface Progress {
  readonly done: number;
  readonly all: number;
  /** Whether there are indicators of which nothing was computed yet, and something is left to do. */
  readonly isFirst: boolean;
}

export function decodeProgress(value: unknown): Progress {
  const json = record(value, 'progress');
  const [done, all] = [number(json.filled, 'progress.filled'), number(json.groups, 'progress.groups')];
  const versions = list(json.computing, 'progress.computing').map((one) => number(record(one, 'progress.computing').version, 'version'));
  const isBusy = done < all || number(json.months_due, 'progress.months_due') > 0;
  return { done, all, isFirst: isBusy && versions.includes(1) };
}
