import type { Alert, Severity } from '../wire/types';
import { isCleared, isOpen } from './alerts';
import { matches } from './search';

/**
 * Which part of the alerts is listed. What is shelved or silenced and what is about a target has a part of its own; `mine` has all that is
 * assigned to whoever looks and not shelved, `closed` what is not open any more.
 */
export const parts = ['open', 'unacknowledged', 'over', 'mine', 'unassigned', 'news', 'targets', 'silenced', 'shelved', 'closed'] as const;
export type Part = (typeof parts)[number];

export interface AlertChoice {
  readonly part: Part;
  /** None: all. */
  readonly severities: ReadonlySet<Severity>;
  readonly query: string;
  /** The name of whoever looks; null where that is not known. */
  readonly caller: string | null;
  /** Ids of what has changed since the operator last looked. */
  readonly news: ReadonlySet<string>;
}

export const isShelved = (alert: Alert): boolean => alert.shelvedUntil !== null;
export const isSilenced = (alert: Alert): boolean => alert.silencedBy.length > 0;
/** Whether it tells of a target that is missed: nothing that a crew could be sent to. */
export const isOfTarget = (alert: Alert): boolean => alert.kind === 'target';

/** Whether an open alert is one that the desk, its counts and the wall have in front of them. */
export const isInSight = (alert: Alert): boolean => !isShelved(alert) && !isSilenced(alert) && !isOfTarget(alert);

export function isChosen(alert: Alert, choice: AlertChoice): boolean {
  const { severities, query } = choice;
  if (!isOfPart(alert, choice.part, choice) || (severities.size > 0 && !severities.has(alert.severity))) return false;
  if (query === '') return true;
  const { title, unit } = alert;
  return matches(query, [
    title.vi,
    title.en,
    alert.stationName,
    alert.station,
    alert.property,
    alert.assignee,
    unit?.pathVi ?? null,
    unit?.pathEn ?? null,
  ]);
}

type Looker = Pick<AlertChoice, 'caller' | 'news'>;

const tests: Readonly<Record<Part, (alert: Alert, looker: Looker) => boolean>> = {
  open: isInSight,
  unacknowledged: (alert) => isInSight(alert) && !alert.acknowledged,
  over: (alert) => isInSight(alert) && isCleared(alert),
  mine: (alert, { caller }) => !isShelved(alert) && caller !== null && alert.assignee === caller,
  unassigned: (alert) => isInSight(alert) && alert.assignee === null,
  news: (alert, { news }) => isInSight(alert) && news.has(alert.id),
  targets: (alert) => isOfTarget(alert) && !isShelved(alert) && !isSilenced(alert),
  silenced: (alert) => isSilenced(alert) && !isShelved(alert),
  shelved: isShelved,
  closed: () => false,
};

/** Whether an alert belongs to a part of the list. */
export const isOfPart = (alert: Alert, part: Part, looker: Looker): boolean =>
  isOpen(alert) ? tests[part](alert, looker) : part === 'closed';
