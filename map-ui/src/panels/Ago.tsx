import { useComputed } from '@preact/signals';
import { useApp } from '../app';
import { messages } from '../i18n';
import { formatAge } from '../i18n/format';

/** How long ago something was, ticking; only its text changes. `time` is in the service's clock. */
export function Ago({ time }: { readonly time: number }) {
  const { store } = useApp();
  const text = useComputed(() => {
    const now = store.now.value + store.connection.value.skewMs;
    return formatAge(Math.max(0, now - time), messages.value.age);
  });
  return <span>{text}</span>;
}
