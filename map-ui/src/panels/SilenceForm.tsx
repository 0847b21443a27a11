import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick, unitPath } from '../i18n/format';
import { isCallError } from '../rest/client';
import { newKey } from '../rest/idempotency';
import { createSilence, previewSilence } from '../rest/silences';
import { worstFirst } from '../state/severity';
import { type SilenceDraft, scopeOf } from '../state/silenceDraft';
import { decodeUnitRef } from '../wire/alert';
import { list, record } from '../wire/guard';
import type { SilencePreview } from '../wire/silence';
import type { UnitRef } from '../wire/types';
import { spanName } from './AlertForms';
import { titlesOf } from './ruleWords';
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
  const { rest, store } = useApp();
  const words = messages.value;
  const [minutes, setMinutes] = useState(60);
  const [comment, setComment] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const [idem] = useState(newKey);
  const { preview, failure } = usePreview(draft);
  const scope = scopeOf(draft);
  const create = async () => {
    if (scope === null || comment.trim() === '') return;
    const endsAt = Date.now() + store.connection.peek().skewMs + minutes * minuteMs;
    try {
      await createSilence(rest, scope, endsAt, comment.trim(), idem);
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
      <Scope draft={draft} onChange={onChange} />
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

function Scope({ draft, onChange }: Omit<Props, 'onDone'>) {
  const words = messages.value;
  const said = words.shift;
  const { documents } = useRules();
  const put = (changes: Partial<SilenceDraft>) => onChange({ ...draft, ...changes });
  const orNull = (value: string) => (value.trim() === '' ? null : value.trim());
  return (
    <>
      <Field label={said.rule}>
        <select value={draft.rule ?? ''} data-testid="silence-rule" onChange={(event) => put({ rule: orNull(event.currentTarget.value) })}>
          <option value="">{said.anyRule}</option>
          {documents.map((rule) => (
            <option key={rule.id} value={rule.id}>
              {pick(rule.title, language.value)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={said.station}>
        <input
          value={draft.station ?? ''}
          placeholder="SOURCE/STATION"
          data-testid="silence-station"
          onInput={(event) => put({ station: orNull(event.currentTarget.value) })}
        />
      </Field>
      <Field label={said.source}>
        <input
          value={draft.source ?? ''}
          data-testid="silence-source"
          onInput={(event) => put({ source: orNull(event.currentTarget.value) })}
        />
      </Field>
      <UnitField unit={draft.unit} onChange={(unit) => put({ unit })} />
      <Field label={said.upTo}>
        <select
          value={draft.upTo ?? ''}
          onChange={(event) => put({ upTo: worstFirst.find((severity) => severity === event.currentTarget.value) ?? null })}
        >
          <option value="">{said.anySeverity}</option>
          {worstFirst.map((severity) => (
            <option key={severity} value={severity}>
              {words.severity[severity]}
            </option>
          ))}
        </select>
      </Field>
    </>
  );
}

/** A unit by its code, or found by its name; `24 · Tỉnh Bắc Ninh` is what a choice leaves in the field. */
function UnitField({ unit, onChange }: { readonly unit: string | null; readonly onChange: (unit: string | null) => void }) {
  const { rest } = useApp();
  const words = messages.value.shift;
  const [typed, setTyped] = useState(unit ?? '');
  const [found, setFound] = useState<readonly UnitRef[]>([]);
  useEffect(() => {
    if (typed.trim().length < 2) return;
    const abort = new AbortController();
    const query = new URLSearchParams({ q: typed.split(' · ')[0] ?? '', limit: '10' });
    rest.get(`/v1/units?${query}`, decodeUnits, abort.signal).then(setFound, (error) => {
      // Who knows the code needs no list.
      if (!isCallError(error) && !abort.signal.aborted) throw error;
    });
    return () => abort.abort();
  }, [typed, rest]);
  return (
    <Field label={words.unit}>
      <input
        list="units-found"
        value={typed}
        placeholder={words.anyUnit}
        data-testid="silence-unit"
        onInput={(event) => {
          const value = event.currentTarget.value;
          setTyped(value);
          const code = value.split(' · ')[0]?.trim() ?? '';
          onChange(/^\d+$/.test(code) ? code : null);
        }}
      />
      <datalist id="units-found">
        {found.map((one) => (
          <option key={one.code} value={`${one.code} · ${unitPath(one, language.value)}`} />
        ))}
      </datalist>
    </Field>
  );
}

const decodeUnits = (json: unknown): UnitRef[] => list(record(json, 'units').units, 'units').map((unit) => decodeUnitRef(unit, 'unit'));

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

function usePreview(draft: SilenceDraft): { preview: SilencePreview | null; failure: string | null } {
  const { rest } = useApp();
  const [preview, setPreview] = useState<SilencePreview | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const scope = scopeOf(draft);
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
  }, [draft, rest]);
  return { preview, failure };
}

function Field({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the field stands within
    <label>
      <span>{label}</span>
      {children}
    </label>
  );
}
