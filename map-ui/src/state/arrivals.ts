import type { Alert } from '../wire/types';
import { isInSight } from './alertChoice';
import type { AlertTable } from './alerts';

/**
 * The alerts that a reader has not been told of: those in `table` that `known` lacks. Nothing is new while the first snapshot
 * has not come (`known` is null), or while a snapshot is under way.
 */
export function arrivals(known: ReadonlySet<string> | null, table: AlertTable): Alert[] {
  if (known === null || table.seen !== null) return [];
  return [...table.byId.values()].filter((alert) => !known.has(alert.id) && isInSight(alert));
}
