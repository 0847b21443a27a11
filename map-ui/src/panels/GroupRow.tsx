import { useApp } from '../app';
import { type Language, language, type Messages, messages } from '../i18n';
import { pick, shortUnitPath } from '../i18n/format';
import type { AlertGroup } from '../state/alertOrder';
import type { UnitRef } from '../wire/types';
import { confirmMany } from './ConfirmMany';
import { StateSymbol } from './Symbol';

interface Props {
  readonly group: AlertGroup;
  readonly open: boolean;
  readonly reachable: boolean;
  readonly onFocus: () => void;
}

/** The head of a group: what it has together, how many, the worst of them, and a way to acknowledge all that were not. */
export function GroupRow({ group, open, reachable, onFocus }: Props) {
  const { store } = useApp();
  const words = messages.value;
  const title = groupTitle(group, language.value, words);
  const waiting = store.isPast.value ? [] : group.unacknowledged;
  const toggle = () => {
    const { openGroups } = store.desk;
    const next = new Set(openGroups.value);
    if (!next.delete(group.key)) next.add(group.key);
    openGroups.value = next;
  };
  const press = (event: KeyboardEvent) => {
    if ((event.key === 'ArrowRight' && !open) || (event.key === 'ArrowLeft' && open)) {
      event.preventDefault();
      event.stopPropagation();
      toggle();
    } else if (event.key === 'a' && waiting.length > 0) confirmMany.value = waiting;
  };
  return (
    <div class="alert-group" data-testid="alert-group" data-severity={group.worst} data-open={open} onFocusIn={onFocus}>
      <button
        type="button"
        class="group-toggle"
        data-row
        aria-expanded={open}
        tabIndex={reachable ? 0 : -1}
        onClick={toggle}
        onKeyDown={press}
      >
        <StateSymbol state={group.worst} />
        <span class="hidden">{words.severity[group.worst]}</span>
        <span class="group-text">
          <strong>{title}</strong>
          <span class="muted">{words.desk.groupCount(group.alerts.length, group.unacknowledged.length)}</span>
        </span>
      </button>
      {waiting.length > 0 && (
        <button
          type="button"
          class="acknowledge"
          data-testid="group-acknowledge"
          tabIndex={reachable ? 0 : -1}
          aria-label={words.desk.acknowledgeGroupOf(waiting.length, title)}
          onClick={() => {
            confirmMany.value = waiting;
          }}
        >
          {words.desk.acknowledgeGroup(waiting.length)}
        </button>
      )}
    </div>
  );
}

/** What is known to lie in the topmost unit only is not all that lies in it. */
function areaTitle(unit: UnitRef, language: Language, words: Messages): string {
  const path = shortUnitPath(unit, language);
  return path.includes(', ') ? path : words.desk.onlyTop(path);
}

function groupTitle({ unit, ofRule, byArea }: AlertGroup, language: Language, words: Messages): string {
  const parts = [];
  if (ofRule) parts.push(pick(ofRule.title, language));
  if (byArea) parts.push(unit ? areaTitle(unit, language, words) : words.desk.noUnit);
  return parts.join(' · ');
}
