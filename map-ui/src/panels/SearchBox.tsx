import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type App, useApp } from '../app';
import { type Messages, messages } from '../i18n';
import { glyphOf } from '../symbols/glyphs';
import { StateSymbol } from './Symbol';
import { type Findings, useSearch } from './useSearch';
import { kindName, stateName } from './wording';

interface Option {
  readonly id: string;
  readonly name: string;
  readonly detail: string;
  readonly symbol: preact.ComponentChildren;
  readonly open: () => void;
}

interface Group {
  readonly title: string;
  readonly options: readonly Option[];
}

/** Finds units, stations and features by what people type, with or without diacritics; the arrow keys go through what was found. */
export function SearchBox() {
  const app = useApp();
  const words = messages.value.search;
  const query = useSignal('');
  const active = useSignal<number | null>(null);
  const shut = useSignal(true);
  const input = useRef<HTMLInputElement>(null);
  const findings = useSearch(query.value);
  const groups = findings === null ? [] : groupsOf(app, findings, messages.value);
  const options = groups.flatMap((group) => group.options);
  const isOpen = !shut.value && query.value.trim().length > 1;
  const choose = (option: Option | undefined) => {
    if (option === undefined) return;
    shut.value = true;
    option.open();
  };
  const press = (event: KeyboardEvent) => {
    const at = active.value ?? (event.key === 'ArrowUp' ? 0 : -1);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (options.length > 0) active.value = (at + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length;
      document.getElementById(`found-${active.value}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      choose(options[active.value ?? 0]);
    } else if (event.key === 'Escape') {
      if (isOpen) shut.value = true;
      else input.current?.blur();
    }
  };
  return (
    <search class="map-search">
      <input
        ref={input}
        id="map-search"
        type="text"
        role="combobox"
        enterkeyhint="search"
        autocomplete="off"
        aria-label={words.label}
        aria-expanded={isOpen}
        aria-controls="found"
        aria-autocomplete="list"
        {...(isOpen && active.value !== null ? { 'aria-activedescendant': `found-${active.value}` } : {})}
        placeholder={words.hint}
        value={query.value}
        data-testid="map-search"
        onInput={(event) => {
          query.value = event.currentTarget.value;
          active.value = null;
          shut.value = false;
        }}
        onFocus={() => (shut.value = false)}
        onBlur={() => (shut.value = true)}
        onKeyDown={press}
      />
      {isOpen && (
        <div class="found" data-testid="found">
          <Said findings={findings} count={options.length} query={query.value.trim()} />
          <div id="found" role="listbox" aria-label={words.label}>
            {groups.map((group, at) => (
              <Section
                key={group.title}
                group={group}
                first={groups.slice(0, at).reduce((sum, each) => sum + each.options.length, 0)}
                active={active.value}
                onChoose={choose}
              />
            ))}
          </div>
        </div>
      )}
    </search>
  );
}

/** How many there are, for a reader who does not see them; or that there are none. */
function Said({ findings, count, query }: { readonly findings: Findings | null; readonly count: number; readonly query: string }) {
  const words = messages.value.search;
  if (findings === null || findings.words !== query) {
    return (
      <p class="found-said" role="status">
        {words.searching}
      </p>
    );
  }
  const text = count > 0 ? words.found(count) : words.none(query);
  return (
    <p class={count > 0 ? 'hidden' : 'found-said'} role="status">
      {findings.failed ? `${text} ${words.failed}` : text}
    </p>
  );
}

interface SectionProps {
  readonly group: Group;
  readonly first: number;
  readonly active: number | null;
  readonly onChoose: (option: Option) => void;
}

function Section({ group, first, active, onChoose }: SectionProps) {
  if (group.options.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of options in a listbox
    <div role="group" aria-label={group.title}>
      <div class="found-title" aria-hidden="true">
        {group.title}
      </div>
      {group.options.map((option, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the box above
        <div
          key={option.id}
          id={`found-${first + at}`}
          role="option"
          tabIndex={-1}
          class="found-option"
          aria-selected={active === first + at}
          data-testid="found-option"
          // Before the box loses the focus, and with it the list.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(option)}
        >
          <span class="found-symbol">{option.symbol}</span>
          <span class="found-text">
            <span>{option.name}</span>
            <span class="muted">{option.detail}</span>
          </span>
        </div>
      ))}
    </div>
  );
}

function groupsOf(app: App, { units, stations, features }: Findings, words: Messages): Group[] {
  const place = (path: string) => (
    <svg class="kind-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path class="symbol-line" d={path} />
    </svg>
  );
  const area = place('M4 7l6-3 5 3 5-2v13l-6 2-5-3-5 2z');
  const pin = place('M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11ZM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z');
  const ofPlace = (symbol: preact.ComponentChildren) => (each: Findings['units'][number]) => ({
    id: `${each.layer}/${each.fid}`,
    name: each.name,
    detail: each.detail,
    symbol,
    open: () => app.openPlace(each),
  });
  return [
    { title: words.search.units, options: units.map(ofPlace(area)) },
    {
      title: words.search.stations,
      options: stations.map((row) => ({
        id: row.id,
        name: row.name,
        detail: `${kindName(row.kind, words)} · ${stateName(row, false, words)}`,
        symbol: <StateSymbol state={row.state} glyph={glyphOf(row.kind)} moving={row.moving} />,
        open: () => app.open(row.id, row.lon === null || row.lat === null ? undefined : { lon: row.lon, lat: row.lat }),
      })),
    },
    { title: words.search.features, options: features.map(ofPlace(pin)) },
  ];
}
