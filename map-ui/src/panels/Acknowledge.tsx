import { useApp } from '../app';
import { language, type Messages, messages } from '../i18n';
import { pick } from '../i18n/format';
import { type AlertChange, changesOf } from '../state/alertChange';
import type { CommandNotice } from '../state/notices';
import type { Alert } from '../wire/types';

export function AcknowledgeButton({ alert, tabIndex = 0 }: { readonly alert: Alert; readonly tabIndex?: number }) {
  const { command, store } = useApp();
  const words = messages.value.alerts;
  // With the alerts of the past nothing can be done.
  if (alert.acknowledged || alert.closedAt !== null || store.isPast.value) return null;
  const sending = store.notices.value.get(alert.id)?.kind === 'sending';
  return (
    <button
      type="button"
      class="acknowledge"
      data-testid="alert-acknowledge"
      tabIndex={tabIndex}
      aria-label={words.acknowledgeOf(`${pick(alert.title, language.value)}, ${alert.stationName}`)}
      aria-disabled={sending}
      onClick={() => {
        if (!sending) void command(alert, { op: 'acknowledge' });
      }}
    >
      {sending ? words.acknowledging : words.acknowledge}
    </button>
  );
}

/** What came of a command that did not simply succeed. */
export function AlertNotice({ alert }: { readonly alert: Alert }) {
  const { store, formats } = useApp();
  const notice = store.notices.value.get(alert.id);
  const text = notice && textOf(notice, messages.value.alerts, (time) => formats.value.moment(time, store.now.peek()));
  if (!text) return null;
  return (
    <p class="alert-notice" role="status" data-testid="alert-notice">
      {text}
    </p>
  );
}

function textOf(notice: CommandNotice, words: Messages['alerts'], moment: (time: number) => string): string | null {
  switch (notice.kind) {
    case 'sending':
      return null;
    case 'forbidden':
      return words.forbidden;
    case 'failed':
      return words.failed(notice.detail);
    case 'changed': {
      const { seen, alert } = notice;
      const changes = alert === null ? [] : changesOf(seen, alert).map((change) => changeText(change, alert, words.changes, moment));
      return changes.length === 0 ? words.changed : words.changedSo(changes.join(', '));
    }
  }
}

function changeText(change: AlertChange, alert: Alert, words: Messages['alerts']['changes'], moment: (time: number) => string): string {
  switch (change) {
    case 'closed':
      return words.closed(alert.closedBy ?? '', moment(alert.closedAt ?? alert.updatedAt));
    case 'acknowledged':
      return words.acknowledged(alert.acknowledgedBy ?? '', moment(alert.acknowledgedAt ?? alert.updatedAt));
    case 'assigned':
      return words.assigned(alert.assignee);
    default:
      return words[change];
  }
}
