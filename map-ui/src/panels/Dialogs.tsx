import { type ComponentChildren, Fragment } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';
import { readKey } from '../rest/key';
import { pageLink } from '../state/route';

interface DialogProps {
  readonly title: string;
  readonly testId: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog: the browser keeps the focus inside, closes it by Esc and gives the focus back. */
export function Dialog({ title, testId, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-label={title} data-testid={testId} onClose={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

/** Asks for the key of the service when it wants one. */
export function KeyDialog() {
  const { store, useKey } = useApp();
  const words = messages.value.key;
  const [key, setKey] = useState('');
  const had = readKey() !== null;
  const close = () => {
    store.keyWanted.value = false;
  };
  return (
    <Dialog title={words.heading} testId="key-dialog" onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() !== '') useKey(key.trim());
        }}
      >
        <p>{words.body}</p>
        {had && <p class="alert-notice">{words.rejected}</p>}
        <label>
          <span>{words.label}</span>
          <input
            type="password"
            autocomplete="off"
            value={key}
            data-testid="key-input"
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <div class="dialog-buttons">
          {had && (
            <button type="button" onClick={() => useKey(null)}>
              {words.forget}
            </button>
          )}
          <button type="button" onClick={close}>
            {words.cancel}
          </button>
          <button type="submit" class="primary" data-testid="key-submit">
            {words.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  const words = messages.value.shortcuts;
  const desk = messages.value.desk.keys;
  const groups: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      words.anywhere,
      [
        ['1', words.alerts],
        ['2', words.map],
        ['3', words.table],
        ['/', words.search],
        ['S', words.searchMap],
        ['V', desk.seen],
        ['W', messages.value.wall.key],
        ['0', words.home],
        ['Esc', words.close],
        ['?', words.help],
      ],
    ],
    [
      words.onAlert,
      [
        ['↑ ↓', words.next],
        ['← →', desk.fold],
        ['Enter', words.open],
        ['A', words.acknowledge],
        ['G', desk.assign],
        ['C', desk.comment],
        ['S', desk.shelve],
        ['X', desk.close],
        ['R', desk.reopen],
      ],
    ],
  ];
  return (
    <Dialog title={words.heading} testId="shortcuts" onClose={onClose}>
      <p>
        <a href={pageLink(['guide'])} data-testid="go-guide" onClick={onClose}>
          {words.guide}
        </a>
      </p>
      {groups.map(([heading, keys]) => (
        <Fragment key={heading}>
          <h3>{heading}</h3>
          <dl class="shortcuts">
            {keys.map(([key, meaning]) => (
              <Fragment key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{meaning}</dd>
              </Fragment>
            ))}
          </dl>
        </Fragment>
      ))}
      <form method="dialog" class="dialog-buttons">
        <button type="submit" class="primary">
          {messages.value.app.close}
        </button>
      </form>
    </Dialog>
  );
}
