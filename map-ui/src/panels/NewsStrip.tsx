import { useApp } from '../app';
import { messages } from '../i18n';
import { lookAt, type NewsKind } from '../state/looked';
import type { Store } from '../state/store';

const kinds: readonly NewsKind[] = ['opened', 'worsened', 'cleared', 'acknowledged'];

/** What has changed since the operator last said to have looked. */
export function NewsStrip() {
  const { store, formats } = useApp();
  const { desk } = store;
  const words = messages.value.desk;
  const looked = desk.looked.value;
  if (looked === null || store.isPast.value) return null;
  const { counts, gone } = desk.news.value;
  const told = kinds.filter((kind) => counts[kind] > 0).map((kind) => words.newsCounts[kind](counts[kind]));
  if (gone > 0) told.push(words.newsGone(gone));
  const any = desk.news.value.kinds.size > 0;
  return (
    <div class="strip" data-testid="news">
      <span class="strip-text">
        {words.newsTitle(formats.value.moment(looked.at, store.now.value))} <b>{told.length === 0 ? words.newsNone : told.join(' · ')}</b>
      </span>
      {any && desk.part.value !== 'news' && (
        <button
          type="button"
          class="tool"
          data-testid="news-show"
          onClick={() => {
            desk.part.value = 'news';
          }}
        >
          {words.newsShow}
        </button>
      )}
      {told.length > 0 && (
        <button type="button" class="tool" data-testid="news-seen" onClick={() => lookNow(store)}>
          {words.newsSeen}
        </button>
      )}
    </div>
  );
}

/** The operator has seen everything that is listed now. */
export function lookNow({ alerts, desk, isPast, now }: Store): void {
  if (alerts.value.seen !== null || isPast.value) return;
  desk.looked.value = lookAt(alerts.value, now.value);
  if (desk.part.value === 'news') desk.part.value = 'open';
}
