import { effect } from '@preact/signals';
import { groupings, orders } from './state/alertOrder';
import { formatLooked, lookAt, parseLooked } from './state/looked';
import type { Store } from './state/store';

const orderSlot = 'ioc.alerts.order';
const groupingSlot = 'ioc.alerts.grouping';
const lookedSlot = 'ioc.alerts.looked';

/** Takes up how this browser listed the alerts and when its operator last looked, and keeps both; returns the way to stop. */
export function rememberDesk({ alerts, desk, isPast, now }: Store): () => void {
  desk.order.value = orders.find((order) => order === localStorage.getItem(orderSlot)) ?? 'severity';
  desk.grouping.value = groupings.find((grouping) => grouping === localStorage.getItem(groupingSlot)) ?? 'none';
  desk.looked.value = parseLooked(localStorage.getItem(lookedSlot));
  const stops = [
    effect(() => localStorage.setItem(orderSlot, desk.order.value)),
    effect(() => localStorage.setItem(groupingSlot, desk.grouping.value)),
    effect(() => {
      if (desk.looked.value !== null) localStorage.setItem(lookedSlot, formatLooked(desk.looked.value));
    }),
    // Who never said so has looked when the list was there for the first time.
    effect(() => {
      if (desk.looked.value === null && alerts.value.seen === null && !isPast.value) desk.looked.value = lookAt(alerts.value, now.peek());
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
