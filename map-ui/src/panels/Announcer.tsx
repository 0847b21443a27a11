import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { sortAlerts } from '../state/alertOrder';
import { arrivals } from '../state/arrivals';
import type { Alert } from '../wire/types';

const gatherMs = 1200;

/** Says new alerts to a screen reader, politely, and together when several come at once. */
export function Announcer() {
  const { store } = useApp();
  const [text, setText] = useState('');
  const known = useRef<ReadonlySet<string> | null>(null);
  const waiting = useRef<Alert[]>([]);
  const table = store.alerts.value;
  const isPast = store.isPast.value;
  useEffect(() => {
    // What comes in a replay came long ago.
    if (isPast) return;
    waiting.current.push(...arrivals(known.current, table));
    if (table.seen === null) known.current = new Set(table.byId.keys());
    if (waiting.current.length === 0) return;
    const timer = setTimeout(() => {
      setText(announcement(sortAlerts(waiting.current)));
      waiting.current = [];
    }, gatherMs);
    return () => clearTimeout(timer);
  }, [table, isPast]);
  return (
    <div class="hidden" aria-live="polite" data-testid="announcer">
      {text}
    </div>
  );
}

function announcement(alerts: readonly Alert[]): string {
  const worst = alerts[0];
  if (worst === undefined) return '';
  const words = messages.value;
  const severity = words.severity[worst.severity];
  if (alerts.length > 1) return words.alerts.announceMany(alerts.length, severity);
  return words.alerts.announceOne(severity, pick(worst.title, language.value), worst.stationName);
}
