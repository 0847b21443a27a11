import { useApp } from '../app';
import { language, messages } from '../i18n';
import type { Case, CasePlace } from '../wire/cases';
import { ownerName } from './ownerName';
import { lengthText } from './wording';

/** One open case: what it is about, since when, and when it is due. `onShow` says where it is. */
export function CaseItem({ kind, place, onShow }: { readonly kind: Case; readonly place: CasePlace; readonly onShow?: () => void }) {
  const { store, formats } = useApp();
  const words = messages.value.figures;
  const now = store.present.value;
  const name = ownerName(place.owner, kind, language.value) || place.subject;
  return (
    <div class="case-item" data-overdue={place.overdue} data-testid="place">
      {onShow ? (
        <button type="button" class="link" onClick={onShow}>
          {name}
        </button>
      ) : (
        <b>{name}</b>
      )}
      <span class="muted">
        {place.subject} · {formats.value.clock(place.opened).slice(0, 5)} {formats.value.date(place.opened)}
      </span>
      {place.due !== null && (
        <span class="due" data-overdue={place.overdue}>
          {words.due} {formats.value.date(place.due)}{' '}
          {place.overdue ? <b>{words.overdueBy(lengthText(now - place.due, words))}</b> : words.dueIn(lengthText(place.due - now, words))}
        </span>
      )}
    </div>
  );
}
