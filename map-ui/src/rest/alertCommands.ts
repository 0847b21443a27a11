import { decodeAlert, decodeStory } from '../wire/alert';
import { list, number, optional, record, text } from '../wire/guard';
import type { Alert, AlertStory } from '../wire/types';
import { type RestClient, RestError } from './client';

export const closeReasons = ['resolved', 'false_alarm', 'duplicate', 'exercise', 'other'] as const;
export type CloseReason = (typeof closeReasons)[number];

/** What an operator does with an alert (docs/alerts.md, Commands). */
export type AlertCommand =
  | { readonly op: 'acknowledge' | 'unacknowledge' | 'unshelve' }
  | { readonly op: 'assign'; readonly assignee: string | null; readonly comment?: string }
  | { readonly op: 'comment'; readonly comment: string }
  | { readonly op: 'shelve'; readonly until: number; readonly comment?: string }
  | { readonly op: 'close'; readonly reason: CloseReason; readonly comment?: string }
  | { readonly op: 'reopen'; readonly comment?: string };

export type CommandOutcome =
  | { readonly outcome: 'done'; readonly alert: Alert }
  /** Somebody was quicker, or the alert changed: `alert` is its present state, null when it could not be fetched. */
  | { readonly outcome: 'changed'; readonly alert: Alert | null }
  | { readonly outcome: 'forbidden' }
  | { readonly outcome: 'failed'; readonly detail: string };

/** Carry out a command on the version of the alert that the operator saw; `idem` makes one that is sent again known. */
export async function commandAlert(rest: RestClient, alert: Alert, command: AlertCommand, idem: string): Promise<CommandOutcome> {
  try {
    const path = `/v1/alerts/${encodeURIComponent(alert.id)}/${command.op}`;
    return { outcome: 'done', alert: await rest.post(path, bodyOf(alert, command), decodeAlert, idem) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof RestError)) return { outcome: 'failed', detail: error.message };
    if (error.status === 409) return { outcome: 'changed', alert: await presentState(rest, alert.id) };
    if (error.status === 401 || error.status === 403) return { outcome: 'forbidden' };
    return { outcome: 'failed', detail: error.message };
  }
}

function bodyOf({ version }: Alert, command: AlertCommand): Readonly<Record<string, unknown>> {
  const { op, ...told } = command;
  if (op === 'comment') return told;
  const until = 'until' in told ? { until: new Date(told.until).toISOString() } : {};
  return { if_version: version, ...told, ...until };
}

function presentState(rest: RestClient, id: string): Promise<Alert | null> {
  return rest.get(`/v1/alerts/${encodeURIComponent(id)}`, decodeAlert).catch(() => null);
}

/** An alert with everything that happened to it. */
export const fetchStory = (rest: RestClient, id: string, signal: AbortSignal): Promise<AlertStory> =>
  rest.get(`/v1/alerts/${encodeURIComponent(id)}`, decodeStory, signal);

const decodeAlerts = (json: unknown): Alert[] => list(record(json, 'alerts').alerts, 'alerts').map(decodeAlert);

/** The alerts that began since a time, over or not, a hundred at most. */
export function fetchAlertsSince(rest: RestClient, from: number, signal: AbortSignal): Promise<Alert[]> {
  const query = new URLSearchParams({ open: 'any', shelved: 'any', from: new Date(from).toISOString(), limit: '100' });
  return rest.get(`/v1/alerts?${query}`, decodeAlerts, signal);
}

/** A page of alerts, the newest first; `total` is of all pages, `next` leads to the one after. */
export interface AlertPage {
  readonly alerts: readonly Alert[];
  readonly total: number;
  readonly next: string | null;
}

const pageSize = 500;

/** A page of the alerts that are not open any more and were, or were told something of, since a time. */
export function fetchClosed(rest: RestClient, since: number, cursor: string | null, signal: AbortSignal): Promise<AlertPage> {
  const told = { open: 'false', shelved: 'any', 'changed-from': new Date(since).toISOString(), limit: String(pageSize) };
  const query = new URLSearchParams(cursor === null ? told : { ...told, cursor });
  return rest.get(
    `/v1/alerts?${query}`,
    (json) => {
      const { total, next } = record(json, 'alerts');
      return { alerts: decodeAlerts(json), total: number(total, 'alerts.total'), next: optional(text, next, 'alerts.next') };
    },
    signal,
  );
}

/** The alerts that are open now. */
export const fetchOpenAlerts = (rest: RestClient, signal: AbortSignal): Promise<Alert[]> =>
  rest.get(`/v1/alerts?limit=${mostAtOnce}`, decodeAlerts, signal);

const mostAtOnce = 10_000;

export interface ManyAcknowledged {
  readonly done: number;
  /** Acknowledged before. */
  readonly unchanged: number;
  /** Ids of those that have changed since they were seen; they are left as they are. */
  readonly conflicts: readonly string[];
}

/** Acknowledge the versions of many alerts that the operator saw, whatever their number. */
export async function acknowledgeMany(rest: RestClient, alerts: readonly Alert[], idem: string): Promise<ManyAcknowledged> {
  let total: ManyAcknowledged = { done: 0, unchanged: 0, conflicts: [] };
  for (let begin = 0; begin < alerts.length; begin += mostAtOnce) {
    const seen = alerts.slice(begin, begin + mostAtOnce).map(({ id, version }) => ({ id, if_version: version }));
    const part = await rest.post('/v1/alerts/acknowledge', { alerts: seen }, decodeMany, `${idem}-${begin}`);
    total = {
      done: total.done + part.done,
      unchanged: total.unchanged + part.unchanged,
      conflicts: [...total.conflicts, ...part.conflicts],
    };
  }
  return total;
}

function decodeMany(value: unknown): ManyAcknowledged {
  const json = record(value, 'answer');
  return {
    done: number(json.done, 'done'),
    unchanged: number(json.unchanged, 'unchanged'),
    conflicts: list(json.conflicts, 'conflicts').map((one) => text(record(one, 'conflict').id, 'conflict.id')),
  };
}
