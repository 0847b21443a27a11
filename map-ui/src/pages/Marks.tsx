import { messages } from '../i18n';
import type { Figure, Status } from '../wire/figures';

const drawings: Readonly<Record<Status, string>> = {
  met: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.6 14.4L6 12l1.8-1.8 2.6 2.6 5.8-5.8L18 8.8Z',
  at_risk: 'M12 2 23 21H1Zm-1.2 7v6h2.4V9Zm0 7.4v2.2h2.4v-2.2Z',
  missed:
    'M7.8 2h8.4L22 7.8v8.4L16.2 22H7.8L2 16.2V7.8Zm.7 4.7L6.7 8.5l3.5 3.5-3.5 3.5 1.8 1.8 3.5-3.5 3.5 3.5 1.8-1.8-3.5-3.5 3.5-3.5-1.8-1.8-3.5 3.5Z',
};

/** How a target stands: a drawing of its own for each state, and its word. */
export function StatusMark({ status, short = false }: { readonly status: Status; readonly short?: boolean }) {
  const word = messages.value.figures.status[status];
  return (
    <span class="status" data-status={status}>
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path class="symbol-fill" fill-rule="evenodd" d={drawings[status]} />
      </svg>
      <span class={short ? 'hidden' : ''}>{word}</span>
    </span>
  );
}

/** How the target of a figure stands; of few cases it says so, as no alert comes of them. */
export function TargetMark({ figure }: { readonly figure: Figure }) {
  const words = messages.value.figures;
  if (figure.status === null) return null;
  return (
    <>
      <StatusMark status={figure.status} />
      {figure.few && <span class="few-note"> ({words.few})</span>}
    </>
  );
}

/** Which reminder the silence of a provider has earned; 0 is none. */
export function ReminderMark({ nth }: { readonly nth: number }) {
  const words = messages.value.figures;
  return (
    <span class="reminder" data-nth={nth}>
      {nth > 0 && (
        <span class="reminder-steps" aria-hidden="true">
          {[1, 2, 3].map((step) => (
            <i key={step} data-on={step <= nth} />
          ))}
        </span>
      )}
      {nth === 0 ? words.onTime : words.reminder(nth)}
    </span>
  );
}

interface CompleteProps {
  readonly reported: number;
  readonly expected: number;
}

/** How many of those expected have reported. */
export function CompleteMark({ reported, expected }: CompleteProps) {
  const words = messages.value.figures;
  const share = expected === 0 ? 1 : Math.min(1, reported / expected);
  return (
    <span class="complete" data-whole={share === 1}>
      <svg class="complete-bar" viewBox="0 0 40 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="complete-all" width="40" height="6" />
        <rect class="complete-part" width={40 * share} height="6" />
      </svg>
      {words.completeOf(String(reported), String(expected))}
      {share < 1 && <span class="hidden"> ({words.incomplete})</span>}
    </span>
  );
}
