import { useSignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { isCallError } from '../rest/client';
import { newKey } from '../rest/idempotency';
import { endSilence, fetchSilences } from '../rest/silences';
import { emptyDraft } from '../state/silenceDraft';
import { type Phase, phases, type Silence } from '../wire/silence';
import { giveFocusBack } from './focusOn';
import { titlesOf } from './ruleWords';
import { SilenceForm } from './SilenceForm';
import { StagePane } from './StagePane';
import { areaText, matcherText } from './silenceWords';
import { useAsked } from './useAsked';
import { useRules } from './useRules';

/** The silences, those in force and to come unless chosen otherwise; a new one is written and looked at beforehand. */
export function SilencesPane() {
  const { store } = useApp();
  const words = messages.value.shift;
  const phase = useSignal<Phase | null>(null);
  const said = useSignal<string | null>(null);
  const { silences, failure, reload } = useSilences(phase.value);
  const { draft } = store.desk;
  return (
    <StagePane title={words.silences} testId="silences" ofNow>
      <p class="muted">{words.silencesLead}</p>
      {draft.value === null ? (
        <p class="action-buttons">
          <button
            type="button"
            class="primary"
            data-testid="silence-new"
            onClick={() => {
              draft.value = emptyDraft();
            }}
          >
            {words.newSilence}
          </button>
        </p>
      ) : (
        <SilenceForm
          key={draft.value.nth}
          draft={draft.value}
          onChange={(next) => {
            draft.value = next;
          }}
          onDone={(isCreated) => {
            draft.value = null;
            giveFocusBack(null, ['[data-testid="silence-new"]']);
            if (!isCreated) return;
            said.value = words.created;
            reload();
          }}
        />
      )}
      <p role="status" data-testid="silence-said">
        {said.value}
      </p>
      <select
        class="phase"
        aria-label={words.phase}
        value={phase.value ?? 'current'}
        data-testid="silence-phase"
        onChange={(event) => {
          phase.value = phases.find((each) => each === event.currentTarget.value) ?? null;
        }}
      >
        {(['current', ...phases] as const).map((each) => (
          <option key={each} value={each}>
            {words.phases[each]}
          </option>
        ))}
      </select>
      {failure !== null && <p class="empty">{words.silencesFailed(failure)}</p>}
      {silences?.length === 0 && <p class="empty">{words.silencesNone}</p>}
      <ul class="silences">
        {silences?.map((silence) => (
          <SilenceItem
            key={silence.id}
            silence={silence}
            onEnded={(failed) => {
              said.value = failed === null ? words.ended : words.refused(failed);
              reload();
            }}
          />
        ))}
      </ul>
    </StagePane>
  );
}

function SilenceItem({ silence, onEnded }: { readonly silence: Silence; readonly onEnded: (failure: string | null) => void }) {
  const { rest, formats, store } = useApp();
  const words = messages.value.shift;
  const { documents } = useRules();
  const titleOf = titlesOf(documents, language.value);
  const moment = (time: number) => formats.value.moment(time, store.now.peek());
  const scope = [
    ...silence.matchers.map((matcher) =>
      matcher.name === 'rule' && typeof matcher.value === 'string'
        ? matcherText({ ...matcher, value: titleOf(matcher.value) }, words)
        : matcherText(matcher, words),
    ),
    areaText(silence.area, words),
  ].filter(Boolean);
  const end = () =>
    endSilence(rest, silence, newKey()).then(
      () => onEnded(null),
      (error: Error) => {
        if (!isCallError(error)) throw error;
        onEnded(error.message);
      },
    );
  return (
    <li class="silence" data-testid="silence" data-phase={silence.phase}>
      <div>
        <b>{silence.comment}</b>
        <p>{scope.join(' · ')}</p>
        <p class="muted">
          {[
            words.phases[silence.phase],
            silence.phase === 'pending' ? words.starts(moment(silence.startsAt)) : null,
            words.until(moment(silence.endsAt)),
            words.by(silence.createdBy),
            silence.phase === 'active' ? (silence.hides ? words.hidesNow(silence.alerts) : words.hidesLater) : null,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      {silence.phase !== 'expired' && (
        <button type="button" class="tool" data-testid="silence-end" aria-label={words.endOf(silence.comment)} onClick={() => void end()}>
          {words.end}
        </button>
      )}
    </li>
  );
}

const everyMs = 30_000;

/** The silences, asked for anew every half minute and when told to. */
function useSilences(phase: Phase | null) {
  const { rest } = useApp();
  const [turn, setTurn] = useState(0);
  const ask = (signal: AbortSignal) => fetchSilences(rest, phase, signal);
  const { told, failure } = useAsked('silences', ask, [phase, turn], { everyMs });
  return { silences: told, failure, reload: () => setTurn((count) => count + 1) };
}
