import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick, unitPath } from '../i18n/format';
import type { RestClient } from '../rest/client';
import { fetchStationPage } from '../rest/stations';
import { worstFirst } from '../state/severity';
import type { SilenceDraft } from '../state/silenceDraft';
import { decodeUnitRef } from '../wire/alert';
import { list, record, text } from '../wire/guard';
import { useAsked } from './useAsked';
import { useRules } from './useRules';

interface Props {
  readonly draft: SilenceDraft;
  readonly onChange: (draft: SilenceDraft) => void;
}

/** Which alerts a silence is for; stations and units are found by their names. */
export function SilenceScope({ draft, onChange }: Props) {
  const words = messages.value;
  const said = words.shift;
  const { rest } = useApp();
  const { documents } = useRules();
  const put = (changes: Partial<SilenceDraft>) => onChange({ ...draft, ...changes });
  const { told } = useAsked('sources', (signal) => fetchSources(rest, signal));
  const sources = [...new Set([...(told ?? []), ...(draft.source === null ? [] : [draft.source])])].sort();
  return (
    <>
      <Choice
        label={said.rule}
        testId="silence-rule"
        any={said.anyRule}
        chosen={draft.rule}
        offered={documents.map(({ id, title }) => [id, pick(title, language.value)])}
        onChange={(rule) => put({ rule })}
      />
      <FoundField
        label={said.station}
        hint={said.anyStation}
        testId="silence-station"
        chosen={draft.station}
        pattern={/^[^/\s]+\/[^/\s]+$/}
        find={findStations}
        onChange={(station) => put({ station })}
      />
      <Choice
        label={said.source}
        testId="silence-source"
        any={said.anySource}
        chosen={draft.source}
        offered={sources.map((id) => [id, id])}
        onChange={(source) => put({ source })}
      />
      <FoundField
        label={said.unit}
        hint={said.anyUnit}
        testId="silence-unit"
        chosen={draft.unit}
        pattern={/^\d+$/}
        find={findUnits}
        onChange={(unit) => put({ unit })}
      />
      <Choice
        label={said.upTo}
        testId="silence-up-to"
        any={said.anySeverity}
        chosen={draft.upTo}
        offered={worstFirst.map((severity) => [severity, words.severity[severity]])}
        onChange={(upTo) => put({ upTo })}
      />
    </>
  );
}

const fetchSources = (rest: RestClient, signal: AbortSignal): Promise<string[]> =>
  rest.get(
    '/v1/sources',
    (json) => list(record(json, 'sources').sources, 'sources').map((one) => text(record(one, 'source').id, 'source.id')),
    signal,
  );

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly testId: string;
  /** What it is called that nothing is chosen. */
  readonly any: string;
  readonly chosen: T | null;
  /** Each with what it is called. */
  readonly offered: readonly (readonly [T, string])[];
  readonly onChange: (chosen: T | null) => void;
}

function Choice<T extends string>({ label, testId, any, chosen, offered, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      <select
        value={chosen ?? ''}
        data-testid={testId}
        onChange={(event) => onChange(offered.find(([each]) => each === event.currentTarget.value)?.[0] ?? null)}
      >
        <option value="">{any}</option>
        {offered.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface Found {
  readonly id: string;
  readonly name: string;
}

interface FoundFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly testId: string;
  readonly chosen: string | null;
  /** What an id looks like: who knows it needs no list. */
  readonly pattern: RegExp;
  readonly find: (rest: RestClient, words: string, signal: AbortSignal) => Promise<readonly Found[]>;
  readonly onChange: (id: string | null) => void;
}

const fewestLetters = 2;
const mostFound = 10;
const between = ' · ';

/**
 * A field that takes an id, or one of those that words find; `24 · Tỉnh Bắc Ninh` is what a choice leaves in it. Words that are no choice
 * yet are not taken: a silence that left them out would hide more than was meant.
 */
function FoundField({ label, hint, testId, chosen, pattern, find, onChange }: FoundFieldProps) {
  const { rest } = useApp();
  const words = messages.value.shift;
  const [typed, setTyped] = useState(chosen ?? '');
  const asked = typed.split(between).at(-1)?.trim() ?? '';
  const { told } = useAsked(asked.length < fewestLetters ? null : asked, (signal) => find(rest, asked, signal));
  return (
    <Field label={label}>
      <input
        list={`${testId}-found`}
        value={typed}
        placeholder={hint}
        autocomplete="off"
        data-testid={testId}
        onInput={(event) => {
          const field = event.currentTarget;
          const id = field.value.split(between)[0]?.trim() ?? '';
          setTyped(field.value);
          const isChosen = pattern.test(id);
          field.setCustomValidity(isChosen || id === '' ? '' : words.chooseFound);
          onChange(isChosen ? id : null);
        }}
      />
      <datalist id={`${testId}-found`}>
        {told?.map(({ id, name }) => (
          <option key={id} value={`${id}${between}${name}`} />
        ))}
      </datalist>
    </Field>
  );
}

async function findStations(rest: RestClient, words: string, signal: AbortSignal): Promise<Found[]> {
  const { stations } = await fetchStationPage(rest, { words, limit: mostFound }, signal);
  return stations.map(({ row: { id, name } }) => ({ id, name }));
}

function findUnits(rest: RestClient, words: string, signal: AbortSignal): Promise<Found[]> {
  const query = new URLSearchParams({ q: words, limit: String(mostFound) });
  const decode = (json: unknown) => list(record(json, 'units').units, 'units').map((unit) => decodeUnitRef(unit, 'unit'));
  return rest
    .get(`/v1/units?${query}`, decode, signal)
    .then((units) => units.map((unit) => ({ id: unit.code, name: unitPath(unit, language.value) })));
}

export function Field({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the field stands within
    <label>
      <span>{label}</span>
      {children}
    </label>
  );
}
