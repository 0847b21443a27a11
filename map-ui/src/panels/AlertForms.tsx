import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { type Messages, messages } from '../i18n';
import { type AlertCommand, type CloseReason, closeReasons } from '../rest/alertCommands';
import { isCleared } from '../state/alerts';
import type { Alert } from '../wire/types';
import { ActionForm, CommentField, useDraft } from './ActionForm';

interface FormProps {
  readonly alert: Alert;
  readonly sending: boolean;
  readonly onSend: (command: AlertCommand) => void;
  readonly onCancel: () => void;
}

const minuteMs = 60_000;
/** How long an alert can be shelved from here, in minutes; a week is the most that the service allows unless told otherwise. */
const shelfMinutes = [15, 30, 60, 120, 240, 480, 1440, 4320, 10_080] as const;

export function AssignForm({ alert, sending, onSend, onCancel }: FormProps) {
  const { store } = useApp();
  const words = messages.value.desk;
  const [assignee, setAssignee] = useState(alert.assignee ?? '');
  const caller = store.desk.caller.value;
  const known = new Set([...store.alerts.value.byId.values()].flatMap((other) => (other.assignee === null ? [] : [other.assignee])));
  const send = (name: string | null) => onSend({ op: 'assign', assignee: name });
  return (
    <ActionForm name="assign" sending={sending} onCancel={onCancel} onSubmit={() => assignee.trim() !== '' && send(assignee.trim())}>
      <label>
        <span>{words.assignee}</span>
        <input
          list="assignees"
          maxLength={100}
          required
          value={assignee}
          placeholder={words.assigneeHint}
          data-testid="assignee"
          onInput={(event) => setAssignee(event.currentTarget.value)}
        />
      </label>
      <datalist id="assignees">
        {[...known].sort().map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div class="action-buttons">
        {caller !== null && alert.assignee !== caller && (
          <button type="button" class="tool" data-testid="assign-me" onClick={() => send(caller)}>
            {words.assignMe}
          </button>
        )}
        {alert.assignee !== null && (
          <button type="button" class="tool" onClick={() => send(null)}>
            {words.unassign}
          </button>
        )}
      </div>
    </ActionForm>
  );
}

export function CommentForm({ alert, sending, onSend, onCancel }: FormProps) {
  const words = messages.value.desk;
  const [comment, setComment] = useDraft(alert.id, 'comment');
  return (
    <ActionForm
      name="comment"
      sending={sending}
      onCancel={onCancel}
      onSubmit={() => comment.trim() !== '' && onSend({ op: 'comment', comment: comment.trim() })}
    >
      <CommentField label={words.commentLabel} value={comment} required onInput={setComment} />
    </ActionForm>
  );
}

export function ShelveForm({ alert, sending, onSend, onCancel }: FormProps) {
  const { store } = useApp();
  const words = messages.value.desk;
  const [minutes, setMinutes] = useState(60);
  const [comment, setComment] = useDraft(alert.id, 'shelve');
  const send = () => {
    // A minute less than asked, so that a week is within the longest even where this machine's clock is a little ahead.
    const until = Date.now() + store.connection.peek().skewMs + minutes * minuteMs - (minutes >= 10_080 ? minuteMs : 0);
    onSend({ op: 'shelve', until, ...said(comment) });
  };
  return (
    <ActionForm name="shelve" sending={sending} onCancel={onCancel} onSubmit={send} hint={words.shelveHint}>
      <label>
        <span>{words.shelveFor}</span>
        <select value={minutes} data-testid="shelve-for" onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
          {shelfMinutes.map((each) => (
            <option key={each} value={each}>
              {spanName(each, words)}
            </option>
          ))}
        </select>
      </label>
      <CommentField label={words.commentOptional} value={comment} onInput={setComment} />
    </ActionForm>
  );
}

/** While the alert still holds it is said so, and the reason has to be chosen. */
export function CloseForm({ alert, sending, onSend, onCancel }: FormProps) {
  const words = messages.value.desk;
  const holds = !isCleared(alert);
  const [reason, setReason] = useState<CloseReason | null>(holds ? null : 'resolved');
  const [comment, setComment] = useDraft(alert.id, 'close');
  const wanted = reason === 'other';
  const send = () => {
    if (reason !== null && (!wanted || comment.trim() !== '')) onSend({ op: 'close', reason, ...said(comment) });
  };
  return (
    <ActionForm name="close" sending={sending} onCancel={onCancel} onSubmit={send} hint={words.closeHint}>
      {holds && (
        <p class="warning" role="alert" data-testid="close-holds">
          {words.closeHolds}
        </p>
      )}
      <label>
        <span>{words.closeReason}</span>
        <select
          required
          value={reason ?? ''}
          data-testid="close-reason"
          onChange={(event) => setReason(closeReasons.find((each) => each === event.currentTarget.value) ?? null)}
        >
          {reason === null && <option value="">{words.chooseReason}</option>}
          {closeReasons.map((each) => (
            <option key={each} value={each}>
              {words.reasons[each]}
            </option>
          ))}
        </select>
      </label>
      <CommentField label={wanted ? words.reasonWhy : words.commentOptional} value={comment} required={wanted} onInput={setComment} />
    </ActionForm>
  );
}

/** Opens again what was closed too early. */
export function ReopenForm({ alert, sending, onSend, onCancel }: FormProps) {
  const words = messages.value.desk;
  const [comment, setComment] = useDraft(alert.id, 'reopen');
  return (
    <ActionForm
      name="reopen"
      sending={sending}
      onCancel={onCancel}
      onSubmit={() => onSend({ op: 'reopen', ...said(comment) })}
      hint={words.reopenHint}
    >
      <CommentField label={words.commentOptional} value={comment} onInput={setComment} />
    </ActionForm>
  );
}

const said = (comment: string) => (comment.trim() === '' ? {} : { comment: comment.trim() });

/** A span of minutes in words, in the largest unit. */
export function spanName(minutes: number, words: Messages['desk']): string {
  if (minutes < 60) return words.minutes(minutes);
  return minutes < 1440 ? words.hours(minutes / 60) : words.days(minutes / 1440);
}
