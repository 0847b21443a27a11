import type { Alert, Severity } from '../wire/types';
import { matches } from './search';

/** Which part of the alerts is listed. All but `shelved` leave out what is shelved. */
export const parts = ['open', 'unacknowledged', 'mine', 'unassigned', 'news', 'silenced', 'shelved'] as const;
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

export function isChosen(alert: Alert, choice: AlertChoice): boolean {
  const { severities, query } = choice;
  if (!isOfPart(alert, choice) || (severities.size > 0 && !severities.has(alert.severity))) return false;
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

function isOfPart(alert: Alert, { part, caller, news }: AlertChoice): boolean {
  if (part === 'shelved') return isShelved(alert);
  if (isShelved(alert)) return false;
  switch (part) {
    case 'open':
      return true;
    case 'unacknowledged':
      return !alert.acknowledged;
    case 'mine':
      return caller !== null && alert.assignee === caller;
    case 'unassigned':
      return alert.assignee === null;
    case 'news':
      return news.has(alert.id);
    case 'silenced':
      return alert.silencedBy.length > 0;
  }
}
