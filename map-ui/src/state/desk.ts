import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Alert, Severity } from '../wire/types';
import { type AlertChoice, isChosen, isOfPart, type Part, parts } from './alertChoice';
import { type Entry, entriesOf, type Grouping, type Order, sortAlerts } from './alertOrder';
import { type AlertTable, alertOf } from './alerts';
import { type Looked, type News, newsSince } from './looked';
import type { SilenceDraft } from './silenceDraft';

/** A form of the alert card: what the operator is about to say. */
export type DeskForm = 'assign' | 'comment' | 'shelve' | 'close' | 'reopen';

/** What an acknowledgement of many came to, told until the operator has read it. */
export type BulkNotice =
  | { readonly kind: 'sending'; readonly count: number }
  | { readonly kind: 'done'; readonly done: number; readonly unchanged: number; readonly conflicts: number }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'failed'; readonly detail: string };

/** How the operator looks at the alerts: which are listed, in which order, put together by what, and since when. */
export interface Desk {
  readonly part: Signal<Part>;
  readonly order: Signal<Order>;
  readonly grouping: Signal<Grouping>;
  /** Groups that are open; all others show their head alone. */
  readonly openGroups: Signal<ReadonlySet<string>>;
  readonly caller: Signal<string | null>;
  readonly looked: Signal<Looked | null>;
  readonly news: ReadonlySignal<News>;
  /** The alert whose card is open. */
  readonly selectedAlert: Signal<string | null>;
  readonly form: Signal<DeskForm | null>;
  readonly bulk: Signal<BulkNotice | null>;
  /** The silence that is being written. */
  readonly draft: Signal<SilenceDraft | null>;
  /** All that are open, in the chosen order. */
  readonly sortedAlerts: ReadonlySignal<readonly Alert[]>;
  readonly listedAlerts: ReadonlySignal<readonly Alert[]>;
  readonly entries: ReadonlySignal<readonly Entry[]>;
  /** How many each part has, whatever the other filters say. */
  readonly partCounts: ReadonlySignal<Readonly<Record<Part, number>>>;
}

export function createDesk(
  alerts: ReadonlySignal<AlertTable>,
  severities: ReadonlySignal<ReadonlySet<Severity>>,
  query: ReadonlySignal<string>,
  isPast: ReadonlySignal<boolean>,
  shown: ReadonlySignal<number>,
): Desk {
  const part = signal<Part>('open');
  const order = signal<Order>('severity');
  const grouping = signal<Grouping>('none');
  const openGroups = signal<ReadonlySet<string>>(new Set());
  const caller = signal<string | null>(null);
  const looked = signal<Looked | null>(null);
  // What is new is told of the present: the past has not changed since.
  const news = computed(() => newsSince(isPast.value ? null : looked.value, alerts.value));
  const sortedAlerts = computed(() => sortAlerts(alerts.value.byId.values(), order.value));
  const minute = computed(() => Math.floor(shown.value / 60_000) * 60_000);
  const leftLately = computed(() => [...alerts.value.left.values()].filter(({ updatedAt }) => updatedAt > minute.value - dayMs));
  const listedAlerts = computed(() => {
    const choice: AlertChoice = {
      part: part.value,
      severities: severities.value,
      query: query.value,
      caller: caller.value,
      news: part.value === 'news' ? new Set(news.value.kinds.keys()) : new Set(),
    };
    // What was closed is found again by when that was.
    const listed = part.value === 'closed' ? [...leftLately.value].sort(lastChanged) : sortedAlerts.value;
    return listed.filter((alert) => isChosen(alert, choice));
  });
  return {
    part,
    order,
    grouping,
    openGroups,
    caller,
    looked,
    news,
    selectedAlert: signal(null),
    form: signal(null),
    bulk: signal(null),
    draft: signal(null),
    sortedAlerts,
    listedAlerts,
    entries: computed(() => entriesOf(listedAlerts.value, grouping.value, (key) => openGroups.value.has(key))),
    partCounts: computed(() => countParts(alerts.value, leftLately.value.length, caller.value, news.value)),
  };
}

/** Close the card of an alert when something else is selected, or nothing any more; returns the way to stop. */
export function followSelected(desk: Desk, alerts: ReadonlySignal<AlertTable>, selected: ReadonlySignal<string | null>): () => void {
  let before = selected.peek();
  return effect(() => {
    const now = selected.value;
    if (now === before) return;
    before = now;
    const id = desk.selectedAlert.peek();
    if (id === null) return;
    const alert = alertOf(alerts.peek(), id);
    if (now !== (alert?.isStation ? alert.station : null)) desk.selectedAlert.value = null;
  });
}

const dayMs = 86_400_000;

const lastChanged = (a: Alert, b: Alert): number => b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1);

function countParts(table: AlertTable, closed: number, caller: string | null, { kinds }: News): Record<Part, number> {
  const counts = Object.fromEntries(parts.map((part) => [part, 0])) as Record<Part, number>;
  const looker = { caller, news: new Set(kinds.keys()) };
  for (const alert of table.byId.values()) for (const part of parts) if (isOfPart(alert, part, looker)) counts[part] += 1;
  counts.closed = closed;
  return counts;
}
