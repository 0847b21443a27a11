import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';
import type { AlertCommand } from '../rest/alertCommands';
import { newKey } from '../rest/idempotency';
import { isOpen } from '../state/alerts';
import type { DeskForm } from '../state/desk';
import type { Alert } from '../wire/types';
import { forgetDraft } from './ActionForm';
import { AssignForm, CloseForm, CommentForm, ReopenForm, ShelveForm } from './AlertForms';

/** The forms that do something to an alert as it stands: what is not open can be neither shelved nor closed, what is closed only opened again. */
export function formsOf(alert: Alert): readonly DeskForm[] {
  if (alert.closedAt !== null) return ['reopen', 'comment'];
  if (!isOpen(alert)) return ['assign', 'comment'];
  return alert.shelvedUntil === null ? ['assign', 'comment', 'shelve', 'close'] : ['assign', 'comment', 'close'];
}

/** What an operator can do with an alert; a form opens below where something has to be said. */
export function AlertActions({ alert }: { readonly alert: Alert }) {
  const { store, command } = useApp();
  const { form } = store.desk;
  const words = messages.value.desk;
  const sending = store.notices.value.get(alert.id)?.kind === 'sending';
  const run = (told: AlertCommand) => {
    if (!sending) void command(alert, told);
  };
  const isClosed = alert.closedAt !== null;
  if (store.isPast.value) return <p class="card-part muted">{messages.value.time.past}</p>;
  return (
    <div class="card-part actions">
      <div class="action-buttons">
        {!isClosed && (
          <button
            type="button"
            class={alert.acknowledged ? 'tool' : 'acknowledge'}
            data-testid={alert.acknowledged ? 'unacknowledge' : 'card-acknowledge'}
            aria-disabled={sending}
            onClick={() => run({ op: alert.acknowledged ? 'unacknowledge' : 'acknowledge' })}
          >
            {alert.acknowledged ? words.unacknowledge : words.acknowledge}
          </button>
        )}
        {alert.shelvedUntil !== null && (
          <button type="button" class="tool" data-testid="unshelve" aria-disabled={sending} onClick={() => run({ op: 'unshelve' })}>
            {words.unshelve}
          </button>
        )}
        {formsOf(alert).map((name) => (
          <button
            key={name}
            type="button"
            class="tool"
            data-testid={`open-${name}`}
            aria-expanded={form.value === name}
            onClick={() => {
              form.value = form.value === name ? null : name;
            }}
          >
            {words[name]}
          </button>
        ))}
      </div>
      <OpenForm alert={alert} sending={sending} />
    </div>
  );
}

/** The form that is open; it stays, with what was written, until its command is done. */
function OpenForm({ alert, sending }: { readonly alert: Alert; readonly sending: boolean }) {
  const { store, command } = useApp();
  const { form } = store.desk;
  // One intention however often it is sent.
  const [idem, setIdem] = useState(newKey);
  const send = async (told: AlertCommand) => {
    if (sending || !(await command(alert, told, idem))) return;
    setIdem(newKey());
    const sent = form.peek();
    if (sent !== null) forgetDraft(alert.id, sent);
    form.value = null;
  };
  const cancel = () => {
    form.value = null;
  };
  const props = { alert, sending, onSend: (told: AlertCommand) => void send(told), onCancel: cancel };
  // Somebody else may have closed it meanwhile: then it says so, and the form would do nothing.
  if (form.value === null || !formsOf(alert).includes(form.value)) return null;
  switch (form.value) {
    case 'assign':
      return <AssignForm {...props} />;
    case 'comment':
      return <CommentForm {...props} />;
    case 'shelve':
      return <ShelveForm {...props} />;
    case 'close':
      return <CloseForm {...props} />;
    case 'reopen':
      return <ReopenForm {...props} />;
  }
}
