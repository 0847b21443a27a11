import { signal } from '@preact/signals';
import { useApp } from '../app';
import { messages } from '../i18n';
import type { Alert } from '../wire/types';
import { Dialog } from './Dialogs';

/** The alerts that the operator is about to acknowledge together, as they were seen when asked; null: none. */
export const confirmMany = signal<readonly Alert[] | null>(null);

/** Asks before many alerts are acknowledged together. */
export function ConfirmMany() {
  const { acknowledgeAll } = useApp();
  const alerts = confirmMany.value;
  const words = messages.value.desk;
  if (alerts === null) return null;
  const close = () => {
    confirmMany.value = null;
  };
  return (
    <Dialog title={words.confirmMany(alerts.length)} testId="confirm-many" onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          close();
          void acknowledgeAll(alerts);
        }}
      >
        <p>{words.confirmHint}</p>
        <div class="dialog-buttons">
          <button type="button" onClick={close}>
            {words.no}
          </button>
          <button type="submit" class="primary" data-testid="confirm-many-yes">
            {words.yes}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What came of acknowledging many. */
export function BulkNotice() {
  const { store } = useApp();
  const { bulk } = store.desk;
  const words = messages.value;
  const notice = bulk.value;
  if (notice === null) return null;
  const texts = [];
  if (notice.kind === 'sending') texts.push(words.desk.bulkSending(notice.count));
  if (notice.kind === 'forbidden') texts.push(words.alerts.forbidden);
  if (notice.kind === 'failed') texts.push(words.alerts.failed(notice.detail));
  if (notice.kind === 'done') {
    texts.push(words.desk.bulkDone(notice.done));
    if (notice.unchanged > 0) texts.push(words.desk.bulkUnchanged(notice.unchanged));
    if (notice.conflicts > 0) texts.push(words.desk.bulkConflicts(notice.conflicts));
  }
  return (
    <div class="strip" role="status" data-testid="bulk-notice">
      <span>{texts.join(' ')}</span>
      {notice.kind !== 'sending' && (
        <button
          type="button"
          class="tool tool-square"
          aria-label={words.desk.dismiss}
          onClick={() => {
            bulk.value = null;
          }}
        >
          ✕
        </button>
      )}
    </div>
  );
}
