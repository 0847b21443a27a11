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
import type { UnitRef } from '../wire/types';
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
      <StationField station={draft.station} onChange={(station) => put({ station })} />
      <SourceField source={draft.source} onChange={(source) => put({ source })} />
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
  readonly find: (words: string, signal: AbortSignal) => Promise<readonly Found[]>;
  readonly onChange: (id: string | null) => void;
}

const fewestLetters = 2;
const between = ' · ';

/**
 * A field that takes an id, or one of those that words find; `24 · Tỉnh Bắc Ninh` is what a choice leaves in it. Words that are no choice
 * yet are not taken: a silence that left them out would hide more than was meant.
 */
function FoundField({ label, hint, testId, chosen, pattern, find, onChange }: FoundFieldProps) {
  const words = messages.value.shift;
  const [typed, setTyped] = useState(chosen ?? '');
  const asked = typed.split(between).at(-1)?.trim() ?? '';
  const { told } = useAsked(asked.length < fewestLetters ? null : asked, (signal) => find(asked, signal));
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

type OneOfThem = Pick<FoundFieldProps, 'onChange'>;

function StationField({ station, onChange }: OneOfThem & { readonly station: string | null }) {
  const { rest } = useApp();
  const words = messages.value.shift;
  const find = async (asked: string, signal: AbortSignal) =>
    (await fetchStationPage(rest, { words: asked, limit: 10 }, signal)).stations.map(({ row: { id, name } }) => ({ id, name }));
  return (
    <FoundField
      label={words.station}
      hint={words.anyStation}
      testId="silence-station"
      chosen={station}
      pattern={/^[^/\s]+\/[^/\s]+$/}
      find={find}
      onChange={onChange}
    />
  );
}

function UnitField({ unit, onChange }: OneOfThem & { readonly unit: string | null }) {
  const { rest } = useApp();
  const words = messages.value.shift;
  const find = async (asked: string, signal: AbortSignal) => {
    const query = new URLSearchParams({ q: asked, limit: '10' });
    const units = await rest.get(`/v1/units?${query}`, decodeUnits, signal);
    return units.map((one) => ({ id: one.code, name: unitPath(one, language.value) }));
  };
  return (
    <FoundField
      label={words.unit}
      hint={words.anyUnit}
      testId="silence-unit"
      chosen={unit}
      pattern={/^\d+$/}
      find={find}
      onChange={onChange}
    />
  );
}

const decodeUnits = (json: unknown): UnitRef[] => list(record(json, 'units').units, 'units').map((unit) => decodeUnitRef(unit, 'unit'));

const fetchSources = (rest: RestClient, signal: AbortSignal): Promise<string[]> =>
  rest.get(
    '/v1/sources',
    (json) => list(record(json, 'sources').sources, 'sources').map((one) => text(record(one, 'source').id, 'source.id')),
    signal,
  );

function SourceField({ source, onChange }: OneOfThem & { readonly source: string | null }) {
  const { rest } = useApp();
  const words = messages.value.shift;
  const { told } = useAsked('sources', (signal) => fetchSources(rest, signal));
  const sources = [...new Set([...(told ?? []), ...(source === null ? [] : [source])])].sort();
  return (
    <Field label={words.source}>
      <select value={source ?? ''} data-testid="silence-source" onChange={(event) => onChange(event.currentTarget.value || null)}>
        <option value="">{words.anySource}</option>
        {sources.map((id) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </Field>
  );
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
