import type { Alert } from '../wire/types';

/** What became of an operator's acknowledgement, until it is seen in the alert itself. */
export type AckNotice =
  | { readonly kind: 'sending' }
  | { readonly kind: 'changed'; readonly alert: Alert | null }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'failed'; readonly detail: string };

export type AckNotices = ReadonlyMap<string, AckNotice>;

export function putNotice(notices: AckNotices, id: string, notice: AckNotice | null): AckNotices {
  const next = new Map(notices);
  if (notice === null) next.delete(id);
  else next.set(id, notice);
  return next;
}
