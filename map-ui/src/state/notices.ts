import type { Alert } from '../wire/types';

/** What became of an operator's command, until it is seen in the alert itself. */
export type CommandNotice =
  | { readonly kind: 'sending' }
  /** The alert was another than the operator saw: `seen` then, `alert` now; null where that is not known. */
  | { readonly kind: 'changed'; readonly seen: Alert; readonly alert: Alert | null }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'failed'; readonly detail: string };

export type CommandNotices = ReadonlyMap<string, CommandNotice>;

export function putNotice(notices: CommandNotices, id: string, notice: CommandNotice | null): CommandNotices {
  const next = new Map(notices);
  if (notice === null) next.delete(id);
  else next.set(id, notice);
  return next;
}

type Answer =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'changed'; readonly alert: Alert | null }
  | { readonly outcome: 'forbidden' }
  | { readonly outcome: 'failed'; readonly detail: string };

/** What to tell of an answer: nothing where it was done, as the alert itself shows that. */
export function noticeOf(answer: Answer, seen: Alert): CommandNotice | null {
  switch (answer.outcome) {
    case 'done':
      return null;
    case 'changed':
      return { kind: 'changed', seen, alert: answer.alert };
    case 'forbidden':
      return { kind: 'forbidden' };
    case 'failed':
      return { kind: 'failed', detail: answer.detail };
  }
}
