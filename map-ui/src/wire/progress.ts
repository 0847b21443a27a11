import { list, number, record } from './guard';

/** How far the service is with counting what figures are made of. */
export interface Progress {
  readonly done: number;
  readonly all: number;
  /** Whether there are indicators of which nothing was computed yet, and something is left to do. */
  readonly isFirst: boolean;
  /** Days of events to be counted and months to be computed. */
  readonly waiting: number;
  /** Whether so much is waiting that it shows, as after many events at once; some hundreds often are for a moment. */
  readonly isBehind: boolean;
}

const many = 1000;

export function decodeProgress(value: unknown): Progress {
  const json = record(value, 'progress');
  const [done, all] = [number(json.filled, 'progress.filled'), number(json.groups, 'progress.groups')];
  const versions = list(json.computing, 'progress.computing').map((one) => number(record(one, 'progress.computing').version, 'version'));
  const months = number(json.months_due, 'progress.months_due');
  const waiting = number(json.days_waiting, 'progress.days_waiting') + months;
  const isBusy = done < all || months > 0;
  return { done, all, isFirst: isBusy && versions.includes(1), waiting, isBehind: waiting >= many };
}
