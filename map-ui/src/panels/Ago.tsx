import { useComputed } from '@preact/signals';
import { useApp } from '../app';
import { messages } from '../i18n';
import { formatAge } from '../i18n/format';

/**
 * How long ago something was, ticking; only its text changes. `time` is in the service's clock. Counted by the time that is shown, or (`now`)
 * by the present all the same.
 */
export function Ago({ time, now: ofNow = false }: { readonly time: number; readonly now?: boolean }) {
  const { store } = useApp();
  const text = useComputed(() => {
    const now = ofNow ? store.present.value : store.now.value + store.connection.value.skewMs;
    return formatAge(Math.max(0, now - time), messages.value.age);
  });
  return <span>{text}</span>;
}
