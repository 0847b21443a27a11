import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app';
import { type Messages, messages } from '../i18n';
import { type AlertCommand, type CloseReason, closeReasons } from '../rest/alertCommands';
import type { Alert } from '../wire/types';

interface FormProps {
  readonly alert: Alert;
  readonly sending: boolean;
  readonly onSend: (command: AlertCommand) => void;
  readonly onCancel: () => void;
}

const mostLetters = 2000;
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
    <Form name="assign" sending={sending} onCancel={onCancel} onSubmit={() => assignee.trim() !== '' && send(assignee.trim())}>
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
    </Form>
  );
}

export function CommentForm({ sending, onSend, onCancel }: FormProps) {
  const words = messages.value.desk;
  const [comment, setComment] = useState('');
  return (
    <Form
      name="comment"
      sending={sending}
      onCancel={onCancel}
      onSubmit={() => comment.trim() !== '' && onSend({ op: 'comment', comment: comment.trim() })}
    >
      <CommentField label={words.commentLabel} value={comment} required onInput={setComment} />
    </Form>
  );
}

export function ShelveForm({ sending, onSend, onCancel }: FormProps) {
  const { store } = useApp();
  const words = messages.value.desk;
  const [minutes, setMinutes] = useState(60);
  const [comment, setComment] = useState('');
  const send = () => {
    // A minute less than asked, so that a week is within the longest even where this machine's clock is a little ahead.
    const until = Date.now() + store.connection.peek().skewMs + minutes * minuteMs - (minutes >= 10_080 ? minuteMs : 0);
    onSend({ op: 'shelve', until, ...said(comment) });
  };
  return (
    <Form name="shelve" sending={sending} onCancel={onCancel} onSubmit={send} hint={words.shelveHint}>
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
    </Form>
  );
}

export function CloseForm({ sending, onSend, onCancel }: FormProps) {
  const words = messages.value.desk;
  const [reason, setReason] = useState<CloseReason>('resolved');
  const [comment, setComment] = useState('');
  const wanted = reason === 'other';
  const send = () => {
    if (!wanted || comment.trim() !== '') onSend({ op: 'close', reason, ...said(comment) });
  };
  return (
    <Form name="close" sending={sending} onCancel={onCancel} onSubmit={send} hint={words.closeHint}>
      <label>
        <span>{words.closeReason}</span>
        <select
          value={reason}
          data-testid="close-reason"
          onChange={(event) => setReason(closeReasons.find((each) => each === event.currentTarget.value) ?? 'resolved')}
        >
          {closeReasons.map((each) => (
            <option key={each} value={each}>
              {words.reasons[each]}
            </option>
          ))}
        </select>
      </label>
      <CommentField label={wanted ? words.reasonWhy : words.commentOptional} value={comment} required={wanted} onInput={setComment} />
    </Form>
  );
}

const said = (comment: string) => (comment.trim() === '' ? {} : { comment: comment.trim() });

/** A span of minutes in words, in the largest unit. */
export function spanName(minutes: number, words: Messages['desk']): string {
  if (minutes < 60) return words.minutes(minutes);
  return minutes < 1440 ? words.hours(minutes / 60) : words.days(minutes / 1440);
}

interface ShellProps {
  readonly name: string;
  readonly sending: boolean;
  readonly hint?: string;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  readonly children: ComponentChildren;
}

/** The first field has the focus from the start; Esc cancels. */
function Form({ name, sending, hint, onSubmit, onCancel, children }: ShellProps) {
  const form = useRef<HTMLFormElement>(null);
  const words = messages.value.desk;
  useEffect(() => {
    // The key that opened the form must not be written into it.
    const timer = setTimeout(() => form.current?.querySelector<HTMLElement>('input, select, textarea')?.focus());
    return () => clearTimeout(timer);
  }, []);
  return (
    <form
      ref={form}
      class="action-form"
      data-testid={`form-${name}`}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onCancel();
      }}
    >
      {hint && <p class="muted">{hint}</p>}
      {children}
      <div class="dialog-buttons">
        <button type="button" onClick={onCancel}>
          {words.cancel}
        </button>
        <button type="submit" class="primary" aria-disabled={sending} data-testid={`send-${name}`}>
          {words.send}
        </button>
      </div>
    </form>
  );
}

interface CommentProps {
  readonly label: string;
  readonly value: string;
  readonly required?: boolean;
  readonly onInput: (value: string) => void;
}

function CommentField({ label, value, required = false, onInput }: CommentProps) {
  return (
    <label>
      <span>{label}</span>
      <textarea
        rows={2}
        maxLength={mostLetters}
        required={required}
        value={value}
        data-testid="comment-text"
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
        }}
      />
    </label>
  );
}
