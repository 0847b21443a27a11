import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';
import { type AlertPage, fetchClosed } from '../rest/alertCommands';
import { mergeAlerts } from '../state/alerts';
import { useAsked } from './useAsked';

const dayMs = 86_400_000;

/** Where the list shows what is not open any more: asks the service for the last 24 hours, and for more of them. */
export function ClosedTools() {
  const { store } = useApp();
  if (store.desk.part.value !== 'closed' || store.isPast.value) return null;
  return <Closed />;
}

function Closed() {
  const { rest, store } = useApp();
  const words = messages.value.desk;
  const [cursor, setCursor] = useState<string | null>(null);
  const [since] = useState(() => store.shown.peek() - dayMs);
  const { told, failure } = useAsked<AlertPage>(`closed ${cursor}`, (signal) => fetchClosed(rest, since, cursor, signal));
  useEffect(() => {
    if (told !== null && !store.isPast.peek()) store.alerts.value = mergeAlerts(store.alerts.peek(), [...told.alerts].reverse());
  }, [told]);
  if (failure !== null) return <p class="strip strip-bad">{words.closedFailed(failure)}</p>;
  if (told === null) return <p class="strip">{words.loading}</p>;
  if (told.next === null) return null;
  return (
    <div class="strip">
      <span>{words.closedSome(told.total)}</span>
      <button type="button" class="tool" data-testid="closed-more" onClick={() => setCursor(told.next)}>
        {words.closedMore}
      </button>
    </div>
  );
}
