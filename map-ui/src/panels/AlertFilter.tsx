import type { Signal } from '@preact/signals';
import { useApp } from '../app';
import { messages } from '../i18n';
import { parts } from '../state/alertChoice';
import { groupAlerts, groupings, orders } from '../state/alertOrder';
import { isCleared } from '../state/alerts';
import type { Desk } from '../state/desk';
import { worstFirst } from '../state/severity';
import type { Severity } from '../wire/types';
import { confirmMany } from './ConfirmMany';
import { StateSymbol } from './Symbol';

/** Which alerts are listed, in which order, and put together by what. */
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
      <Selects desk={store.desk} />
      <ManyTools desk={store.desk} narrowed={chosen.size > 0 || store.query.value !== '' || store.desk.part.value !== 'open'} />
    </search>
  );
}

function Selects({ desk }: { readonly desk: Desk }) {
  const words = messages.value.desk;
  const counts = desk.partCounts.value;
  return (
    <div class="selects">
      <Choice
        label={words.part}
        testId="alert-part"
        signal={desk.part}
        options={parts.map((part) => [part, part === 'closed' ? words.parts.closed : words.counted(words.parts[part], counts[part])])}
      />
      <Choice label={words.order} testId="alert-order" signal={desk.order} options={orders.map((order) => [order, words.orders[order]])} />
      <Choice
        label={words.grouping}
        testId="alert-grouping"
        signal={desk.grouping}
        options={groupings.map((grouping) => [grouping, words.groupings[grouping]])}
      />
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly testId: string;
  readonly signal: Signal<T>;
  readonly options: readonly (readonly [T, string])[];
}

function Choice<T extends string>({ label, testId, signal, options }: ChoiceProps<T>) {
  return (
    <select
      aria-label={label}
      title={label}
      data-testid={testId}
      value={signal.value}
      onChange={(event) => {
        const chosen = options.find(([value]) => value === event.currentTarget.value);
        if (chosen) signal.value = chosen[0];
      }}
    >
      {options.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}

/** What is done with many at once: groups opened and closed, everything that is listed acknowledged where the list was narrowed. */
function ManyTools({ desk, narrowed }: { readonly desk: Desk; readonly narrowed: boolean }) {
  const words = messages.value.desk;
  const grouping = desk.grouping.value;
  const { isPast } = useApp().store;
  const canAcknowledge = !isPast.value && desk.part.value !== 'closed';
  const waiting = narrowed && canAcknowledge ? desk.listedAlerts.value.filter((alert) => !alert.acknowledged) : [];
  // Nobody has to do anything about them: they need not stand between those that go on.
  const over = !narrowed && canAcknowledge ? desk.listedAlerts.value.filter(isCleared) : [];
  if (grouping === 'none' && waiting.length < 2 && over.length < 2) return null;
  const all = () => (grouping === 'none' ? [] : groupAlerts(desk.listedAlerts.value, grouping).map(({ key }) => key));
  return (
    <div class="many-tools">
      {grouping !== 'none' && (
        <>
          <button type="button" class="tool" data-testid="groups-open" onClick={() => (desk.openGroups.value = new Set(all()))}>
            {words.openAll}
          </button>
          <button type="button" class="tool" onClick={() => (desk.openGroups.value = new Set())}>
            {words.closeAll}
          </button>
        </>
      )}
      {over.length > 1 && (
        <>
          <button type="button" class="tool" data-testid="over-show" onClick={() => (desk.part.value = 'over')}>
            {words.overShow(over.length)}
          </button>
          <button type="button" class="tool" data-testid="over-acknowledge" onClick={() => (confirmMany.value = over)}>
            {words.overAcknowledge}
          </button>
        </>
      )}
      {waiting.length > 1 && (
        <button type="button" class="tool" data-testid="listed-acknowledge" onClick={() => (confirmMany.value = waiting)}>
          {words.acknowledgeListed(waiting.length)}
        </button>
      )}
    </div>
  );
}
