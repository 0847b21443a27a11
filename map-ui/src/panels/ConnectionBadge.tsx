import { useApp } from '../app';
import { type Messages, messages } from '../i18n';
import { formatAge } from '../i18n/format';
import { whyText } from '../i18n/why';
import { type Connection, isUp } from '../state/connection';

type Word = 'connecting' | 'live' | 'degraded' | 'reconnecting' | 'offline' | 'refused';

/** The state of the connection in one word, and in a sentence for the operator. */
export function describeConnection(connection: Connection, now: number, online: boolean, words: Messages): { word: Word; text: string } {
  const { phase, unreadable, attempt } = connection;
  const texts = words.connection;
  switch (phase.name) {
    case 'connecting':
      return attempt === 0 ? { word: 'connecting', text: texts.connecting } : { word: 'reconnecting', text: texts.retrying };
    case 'live':
      return unreadable === null
        ? { word: 'live', text: texts.live }
        : { word: 'degraded', text: `${texts.degraded}: ${texts.unreadable}` };
    case 'degraded':
      return { word: 'degraded', text: phase.why === '' ? texts.degraded : `${texts.degraded}: ${whyText(phase.why, texts.why)}` };
    case 'reconnecting': {
      const text = texts.reconnecting(Math.max(1, Math.ceil((phase.retryAt - now) / 1000)));
      return online ? { word: 'reconnecting', text } : { word: 'offline', text: `${texts.offline}. ${text}` };
    }
    case 'refused':
      return { word: 'refused', text: phase.reason === 'key' ? texts.needKey : texts.forbidden };
  }
}

export function ConnectionBadge() {
  const { store } = useApp();
  const words = messages.value;
  const { word, text } = describeConnection(store.connection.value, store.now.value, navigator.onLine, words);
  // Nothing of a replay may look live; what is wrong with the way to the service is still told.
  const isPast = store.isPast.value && word === 'live';
  return (
    <p
      class="connection"
      data-testid="connection"
      data-state={word}
      data-past={isPast}
      title={store.connection.value.unreadable ?? undefined}
    >
      <span class="connection-dot" aria-hidden="true" />
      <span>{isPast ? words.time.badge : text}</span>
    </p>
  );
}

/** Over the map while the picture is not live: how old it is, and a way to try at once. */
export function FrozenBanner() {
  const { store, retryNow } = useApp();
  const connection = store.connection.value;
  const words = messages.value;
  if (isUp(connection) || (connection.lastFrameAt === null && connection.attempt === 0)) return null;
  const { lastFrameAt } = connection;
  const text =
    lastFrameAt === null
      ? words.connection.frozenNever
      : words.connection.frozen(formatAge(Math.max(0, store.now.value - lastFrameAt), words.age));
  return (
    <div class="banner" data-testid="frozen">
      <span>{text}</span>
      <button type="button" onClick={retryNow}>
        {words.connection.retryNow}
      </button>
    </div>
  );
}
