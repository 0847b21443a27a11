import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { messages } from '../i18n';
import type { DeskForm } from '../state/desk';
import { giveFocusBack } from './focusOn';

const mostLetters = 2000;

/** What was written for an alert and not sent, by form and alert: it stays when the form is left. */
const drafts = new Map<string, string>();

const nameOf = (alertId: string, form: DeskForm) => `${form} ${alertId}`;

/** What is written in a form of an alert, also before the form was left. */
export function useDraft(alertId: string, form: DeskForm): [string, (text: string) => void] {
  const name = nameOf(alertId, form);
  const [text, setText] = useState(() => drafts.get(name) ?? '');
  const write = (next: string) => {
    if (next === '') drafts.delete(name);
    else drafts.set(name, next);
    setText(next);
  };
  return [text, write];
}

/** It was sent. */
export const forgetDraft = (alertId: string, form: DeskForm): boolean => drafts.delete(nameOf(alertId, form));

interface Props {
  readonly name: DeskForm;
  readonly sending: boolean;
  readonly hint?: string;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  readonly children: ComponentChildren;
}

/** The first field has the focus from the start; Esc cancels; what had the focus before gets it back. */
export function ActionForm({ name, sending, hint, onSubmit, onCancel, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const words = messages.value.desk;
  useEffect(() => {
    const opener = document.activeElement;
    // The key that opened the form must not be written into it.
    const timer = setTimeout(() => form.current?.querySelector<HTMLElement>('input, select, textarea')?.focus());
    return () => {
      clearTimeout(timer);
      giveFocusBack(opener, ['.alert-card .action-buttons button', '[data-row][tabindex="0"]']);
    };
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

export function CommentField({ label, value, required = false, onInput }: CommentProps) {
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
