import { isCallError, type RestClient } from './client';

const pollMs = 60_000;

export interface Watcher<T> {
  readonly path: string;
  decode(json: unknown): T;
  onAnswer(told: T): void;
  /** The last answer stays good for showing; the next attempt comes by itself. */
  onFailure(why: string): void;
}

/**
 * Ask for `path` now, then every minute while somebody looks, and at once when the page comes back into sight; returns the way to stop.
 * The one place that decides how pages of figures stay up to date.
 */
export function watch<T>(rest: RestClient, { path, decode, onAnswer, onFailure }: Watcher<T>): () => void {
  const abort = new AbortController();
  let asking = false;
  const ask = async () => {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const told = await rest.get(path, decode, abort.signal);
      if (!abort.signal.aborted) onAnswer(told);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!isCallError(error)) throw error;
      onFailure(error.message);
    } finally {
      asking = false;
    }
  };
  void ask();
  const timer = setInterval(() => void ask(), pollMs);
  const wake = () => void ask();
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', wake);
  return () => {
    abort.abort();
    clearInterval(timer);
    document.removeEventListener('visibilitychange', wake);
    removeEventListener('online', wake);
  };
}
