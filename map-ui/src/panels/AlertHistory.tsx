import { useApp } from '../app';
import { type Messages, messages } from '../i18n';
import type { Formats } from '../i18n/format';
import type { Alert, AlertStory, Transition } from '../wire/types';
import { closeReasonName } from './wording';

interface Props {
  readonly alert: Alert;
  readonly story: AlertStory | null;
  readonly failure: string | null;
}

/** What happened to an alert until the time that is shown, the newest first: by whom, when, with which words. */
export function AlertHistory({ alert, story, failure }: Props) {
  const { store } = useApp();
  const words = messages.value.desk;
  // A replay shows what was known at its time.
  const until = store.replay.value?.at ?? Number.POSITIVE_INFINITY;
  const steps = story?.transitions.filter((step) => step.recorded <= until) ?? [];
  return (
    <section class="card-part" aria-label={words.historyHeading}>
      <h3>{words.historyHeading}</h3>
      {failure !== null && <p class="muted">{words.loadFailed(failure)}</p>}
      {story === null && failure === null && <p class="muted">{words.loading}</p>}
      {story && (
        <ol class="history-steps" data-testid="alert-history" reversed>
          {[...steps].reverse().map((step) => (
            <Step key={step.seq} step={step} uom={alert.uom} />
          ))}
        </ol>
      )}
    </section>
  );
}

/** A difference in seconds from which it matters that the centre knew of something only later. */
const laterMs = 60_000;

function Step({ step, uom }: { readonly step: Transition; readonly uom: string | null }) {
  const { formats, store } = useApp();
  const words = messages.value;
  const now = store.now.peek();
  const moment = (time: number) => formats.value.moment(time, now);
  const name = (words.desk.steps as Readonly<Record<string, string>>)[step.kind] ?? step.kind;
  const facts = factsOf(step, uom, words, formats.value, moment);
  return (
    <li class="history-step" data-kind={step.kind}>
      <time dateTime={new Date(step.time).toISOString()}>{moment(step.time)}</time>
      <div>
        <b>{name}</b>
        {facts !== '' && <span> {facts}</span>}
        <span class="muted">
          {' · '}
          {step.actor === 'engine' ? words.desk.engine : step.actor}
          {step.recorded - step.time > laterMs && ` · ${words.desk.recordedAt(moment(step.recorded))}`}
        </span>
        {step.note && <p class="history-note">{step.note}</p>}
      </div>
    </li>
  );
}

function factsOf(step: Transition, uom: string | null, words: Messages, formats: Formats, moment: (time: number) => string): string {
  const { kind, detail } = step;
  const facts: string[] = [];
  if (['fired', 'worsened', 'eased', 'relapsed'].includes(kind)) facts.push(words.severity[step.severity].toLowerCase());
  if (uom !== null && step.value !== null && step.actor === 'engine') facts.push(formats.quantity(step.value, uom));
  if (kind === 'assigned') facts.push(words.desk.stepAssignee(typeof detail.assignee === 'string' ? detail.assignee : words.desk.nobody));
  if (kind === 'shelved' && typeof detail.until === 'string') facts.push(words.desk.stepUntil(moment(Date.parse(detail.until))));
  if (kind === 'silenced' && typeof detail.by === 'string') facts.push([detail.by, detail.comment].filter(Boolean).join(': '));
  if (kind === 'closed' && typeof detail.reason === 'string') facts.push(closeReasonName(detail.reason, words).toLowerCase());
  if (kind === 'closed' && typeof detail.condition === 'string' && detail.condition !== 'normal') facts.push(words.desk.stepHeld);
  return facts.join(', ');
}
