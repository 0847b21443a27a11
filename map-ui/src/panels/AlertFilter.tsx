import { useApp } from '../app';
import { messages } from '../i18n';
import { worstFirst } from '../state/severity';
import type { Severity } from '../wire/types';
import { StateSymbol } from './Symbol';

/** Which alerts are listed: by severity, and by words with or without their diacritics. */
export function AlertFilter() {
  const { store } = useApp();
  const words = messages.value;
  const chosen = store.severities.value;
  const toggle = (severity: Severity) => {
    const next = new Set(chosen);
    if (!next.delete(severity)) next.add(severity);
    store.severities.value = next;
  };
  return (
    <search class="alert-filter">
      <input
        type="search"
        id="alert-search"
        value={store.query.value}
        placeholder={words.alerts.searchHint}
        aria-label={words.alerts.search}
        data-testid="alert-search"
        onInput={(event) => {
          store.query.value = event.currentTarget.value;
        }}
      />
      <fieldset class="chips">
        <legend class="hidden">{words.alerts.bySeverity}</legend>
        {worstFirst.map((severity) => (
          <button
            key={severity}
            type="button"
            class="chip"
            data-severity={severity}
            data-testid={`filter-${severity}`}
            aria-pressed={chosen.has(severity)}
            title={words.severity[severity]}
            onClick={() => toggle(severity)}
          >
            <StateSymbol state={severity} />
            {words.severityShort[severity]}
          </button>
        ))}
      </fieldset>
    </search>
  );
}
