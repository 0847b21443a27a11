import { useEffect, useState } from 'preact/hooks';
import { useApp, zoneOf } from '../app';
import { language, messages } from '../i18n';
import { isCallError } from '../rest/client';
import { newKey } from '../rest/idempotency';
import { createSilence, previewSilence } from '../rest/silences';
import { fromField, toField } from '../state/localTime';
import { type SilenceDraft, scopeOf } from '../state/silenceDraft';
import type { SilencePreview } from '../wire/silence';
import { spanName } from './AlertForms';
import { titlesOf } from './ruleWords';
import { SilenceHours } from './SilenceHours';
import { Field, SilenceScope } from './SilenceScope';
import { useRules } from './useRules';

const minuteMs = 60_000;
const minutesOffered = [30, 60, 120, 240, 480, 1440, 4320, 10_080, 43_200] as const;

interface Props {
  readonly draft: SilenceDraft;
  readonly onChange: (draft: SilenceDraft) => void;
  readonly onDone: (isCreated: boolean) => void;
}

/** Writes a silence. What it would hide is shown whenever what it names has changed, before it can be created. */
export function SilenceForm({ draft, onChange, onDone }: Props) {
  const { rest, store, formats, config } = useApp();
  const words = messages.value;
  const zone = zoneOf(config.value);
  const [startsAt, setStartsAt] = useState<number | null>(null);
  const [minutes, setMinutes] = useState(60);
  const [comment, setComment] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const [idem] = useState(newKey);
  const { preview, failure } = usePreview(draft, zone);
  const scope = scopeOf(draft, zone);
  const create = async () => {
    if (scope === null || comment.trim() === '') return;
    const endsAt = (startsAt ?? Date.now() + store.connection.peek().presentSkewMs) + minutes * minuteMs;
    try {
      await createSilence(rest, scope, { startsAt, endsAt }, comment.trim(), idem);
      onDone(true);
    } catch (error) {
      if (!isCallError(error)) throw error;
      setRefused(error.message);
    }
  };
  return (
    <form
      class="silence-form"
      data-testid="silence-form"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <SilenceScope draft={draft} onChange={onChange} />
      <SilenceHours hours={draft.hours} onChange={(hours) => onChange({ ...draft, hours })} />
      <Field label={`${words.shift.beginning} (${formats.value.zone})`}>
        <input
          type="datetime-local"
          value={startsAt === null ? '' : toField(startsAt, zone)}
          data-testid="silence-from"
          aria-describedby="silence-from-hint"
          onChange={(event) => setStartsAt(fromField(event.currentTarget.value, zone))}
        />
        <span class="muted" id="silence-from-hint">
          {words.shift.beginningHint}
        </span>
      </Field>
      <Field label={words.shift.duration}>
        <select value={minutes} data-testid="silence-for" onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
          {minutesOffered.map((each) => (
            <option key={each} value={each}>
              {spanName(each, words.desk)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={words.shift.why}>
        <textarea
          rows={2}
          maxLength={2000}
          required
          value={comment}
          data-testid="silence-comment"
          onInput={(event) => setComment(event.currentTarget.value)}
        />
      </Field>
      <Preview preview={preview} failure={failure} isTooWide={scope === null} />
      {refused !== null && (
        <p class="alert-notice" role="alert">
          {words.shift.refused(refused)}
        </p>
      )}
      <div class="dialog-buttons">
        <button type="button" onClick={() => onDone(false)}>
          {words.desk.cancel}
        </button>
        <button type="submit" class="primary" data-testid="silence-create" aria-disabled={scope === null}>
          {words.shift.create}
        </button>
      </div>
    </form>
  );
}

function Preview({
  preview,
  failure,
  isTooWide,
}: {
  readonly preview: SilencePreview | null;
  readonly failure: string | null;
  readonly isTooWide: boolean;
}) {
  const words = messages.value.shift;
  const { documents } = useRules();
  const titleOf = titlesOf(documents, language.value);
  if (isTooWide) return <p class="muted silence-preview">{words.tooWide}</p>;
  return (
    <div class="silence-preview" aria-live="polite" data-testid="silence-preview">
      {failure !== null && <p class="alert-notice">{words.refused(failure)}</p>}
      {preview && (
        <>
          <p>
            <b>{words.previewNow(preview.now.count)}</b> · {words.previewWeek(preview.lastWeek.count, preview.complete)}
          </p>
          <ul class="muted">
            {Object.entries(preview.lastWeek.byRule)
              .slice(0, 5)
              .map(([rule, count]) => (
                <li key={rule}>
                  {titleOf(rule)}: {count}
                </li>
              ))}
          </ul>
        </>
      )}
    </div>
  );
}

const settleMs = 400;

function usePreview(draft: SilenceDraft, zone: string): { preview: SilencePreview | null; failure: string | null } {
  const { rest } = useApp();
  const [preview, setPreview] = useState<SilencePreview | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const scope = scopeOf(draft, zone);
    let isOver = false;
    setPreview(null);
    setFailure(null);
    if (scope === null) return;
    const timer = setTimeout(() => {
      previewSilence(rest, scope).then(
        (told) => {
          if (!isOver) setPreview(told);
        },
        (error: Error) => {
          if (!isCallError(error)) throw error;
          if (!isOver) setFailure(error.message);
        },
      );
    }, settleMs);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [draft, zone, rest]);
  return { preview, failure };
}
