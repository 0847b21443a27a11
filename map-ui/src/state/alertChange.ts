import type { Alert } from '../wire/types';
import { rank } from './severity';

export type AlertChange =
  | 'closed'
  | 'reopened'
  | 'worsened'
  | 'eased'
  | 'cleared'
  | 'returned'
  | 'acknowledged'
  | 'unacknowledged'
  | 'assigned'
  | 'shelved'
  | 'unshelved'
  | 'commented'
  | 'silenced'
  | 'unsilenced';

/** What makes an alert another than it was when an operator saw it, the most telling first; none where only its values moved. */
export function changesOf(seen: Alert, now: Alert): AlertChange[] {
  const found: [boolean, AlertChange][] = [
    [seen.closedAt === null && now.closedAt !== null, 'closed'],
    [seen.closedAt !== null && now.closedAt === null, 'reopened'],
    [rank(now.severity) > rank(seen.severity), 'worsened'],
    [rank(now.severity) < rank(seen.severity), 'eased'],
    [seen.condition !== 'normal' && now.condition === 'normal', 'cleared'],
    [seen.condition === 'normal' && now.condition !== 'normal', 'returned'],
    [now.acknowledged && seen.acknowledgedAt !== now.acknowledgedAt, 'acknowledged'],
    [seen.acknowledged && !now.acknowledged, 'unacknowledged'],
    [seen.assignee !== now.assignee, 'assigned'],
    [now.shelvedUntil !== null && seen.shelvedUntil !== now.shelvedUntil, 'shelved'],
    [seen.shelvedUntil !== null && now.shelvedUntil === null, 'unshelved'],
    [seen.silencedBy.length === 0 && now.silencedBy.length > 0, 'silenced'],
    [seen.silencedBy.length > 0 && now.silencedBy.length === 0, 'unsilenced'],
    [now.comments > seen.comments, 'commented'],
  ];
  return found.flatMap(([holds, change]) => (holds ? [change] : []));
}
