import { decodeAlert } from '../wire/alert';
import type { Alert } from '../wire/types';
import { type RestClient, RestError } from './client';

export type Acknowledgement =
  | { readonly outcome: 'done'; readonly alert: Alert }
  /** Somebody was quicker, or the alert changed: `alert` is its present state, null when it could not be fetched. */
  | { readonly outcome: 'changed'; readonly alert: Alert | null }
  | { readonly outcome: 'forbidden' }
  | { readonly outcome: 'failed'; readonly detail: string };

/** Acknowledge the version of the alert that the operator saw. */
export async function acknowledge(rest: RestClient, alert: Alert): Promise<Acknowledgement> {
  try {
    const path = `/v1/alerts/${encodeURIComponent(alert.id)}/acknowledge`;
    return { outcome: 'done', alert: await rest.post(path, { if_version: alert.version }, decodeAlert) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof RestError)) return { outcome: 'failed', detail: error.message };
    if (error.status === 409) return { outcome: 'changed', alert: await presentState(rest, alert.id) };
    if (error.status === 401 || error.status === 403) return { outcome: 'forbidden' };
    return { outcome: 'failed', detail: error.message };
  }
}

function presentState(rest: RestClient, id: string): Promise<Alert | null> {
  return rest.get(`/v1/alerts/${encodeURIComponent(id)}`, decodeAlert).catch(() => null);
}
