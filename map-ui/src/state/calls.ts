import type { Alert, Severity } from '../wire/types';
import { isInSight } from './alertChoice';
import { rank } from './severity';

/** How the operator wants to be called when an alert fires or gets worse. */
export interface CallWishes {
  readonly sound: boolean;
  readonly desktop: boolean;
  /** Calls are for this severity and graver ones. */
  readonly from: Severity;
}

export const noCalls: CallWishes = { sound: false, desktop: false, from: 'severe' };

/** What has been called for, by alert: how grave it was then. */
export type Called = ReadonlyMap<string, number>;

/** The alerts to call for: unacknowledged, listed as open, grave enough, and new or graver than when last called for. */
export function dueCalls(called: Called, alerts: Iterable<Alert>, from: Severity): Alert[] {
  return [...alerts].filter((alert) => {
    const isHidden = alert.acknowledged || alert.condition === 'normal' || !isInSight(alert);
    return !isHidden && rank(alert.severity) >= rank(from) && rank(alert.severity) > (called.get(alert.id) ?? 0);
  });
}

/** What has been called for once everything in `alerts` has been heard of. */
export const calledFor = (alerts: Iterable<Alert>): Called => new Map([...alerts].map((alert) => [alert.id, rank(alert.severity)]));

export const formatWishes = (wishes: CallWishes): string => JSON.stringify(wishes);

/** As it was kept in the browser; no calls where it is not readable. */
export function parseWishes(kept: string | null): CallWishes {
  try {
    const { sound, desktop, from } = JSON.parse(kept ?? '') as Partial<CallWishes>;
    return { sound: sound === true, desktop: desktop === true, from: rank(from ?? 'severe') > 0 ? (from ?? 'severe') : 'severe' };
  } catch {
    return noCalls;
  }
}
