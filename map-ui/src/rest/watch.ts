import { isCallError, type RestClient } from './client';

const pollMs = 60_000;

/** What is known of the answer to one call. */
export interface Answer<T> {
  /** What the service said last, null before it said anything. */
  readonly told: T | null;
  /** Why the last attempt failed, null when it did not; the next one comes by itself. */
  readonly failure: string | null;
}

export const unanswered: Answer<never> = { told: null, failure: null };

/**
 * Answers that are kept up to date while somebody looks at them: asked for at once, then every minute, and when the page comes back into sight.
 * Who asks the same shares the answer. The one place that decides how pages of figures stay fresh.
 */
export class Watches {
  private readonly watches = new Map<string, Watch>();

  constructor(private readonly rest: RestClient) {
    const wake = () => this.wake();
    setInterval(wake, pollMs);
    document.addEventListener('visibilitychange', wake);
    addEventListener('online', wake);
  }

  /** Ask everything anew that somebody looks at. */
  wake(): void {
    for (const watch of this.watches.values()) watch.ask();
  }

  /** The answer as it is known now. */
  peek<T>(path: string): Answer<T> {
    return (this.watches.get(path)?.answer ?? unanswered) as Answer<T>;
  }

  /** Be told of every answer to `path`; returns the way to stop. `decode` must be the same for the same path. */
  follow<T>(path: string, decode: (json: unknown) => T, onAnswer: (answer: Answer<T>) => void): () => void {
    const watch = this.watches.get(path) ?? new Watch(this.rest, path, decode);
    this.watches.set(path, watch);
    const listener = onAnswer as (answer: Answer<unknown>) => void;
    watch.listeners.add(listener);
    watch.ask();
    return () => {
      watch.listeners.delete(listener);
      // Kept for a moment: the next page often asks the same.
      setTimeout(() => {
        if (watch.listeners.size === 0 && this.watches.get(path) === watch) this.watches.delete(path);
      }, 5000);
    };
  }
}

class Watch {
  answer: Answer<unknown> = unanswered;
  readonly listeners = new Set<(answer: Answer<unknown>) => void>();
  private asking = false;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly rest: RestClient,
    private readonly path: string,
    private readonly decode: (json: unknown) => unknown,
  ) {}

  /** Ask anew, unless nobody looks or it was asked just now. */
  ask(): void {
    if (this.asking || this.listeners.size === 0 || document.hidden || performance.now() - this.askedAt < 2000) return;
    this.asking = true;
    this.askedAt = performance.now();
    void this.fetch().finally(() => {
      this.asking = false;
    });
  }

  private async fetch(): Promise<void> {
    try {
      this.publish({ told: await this.rest.get(this.path, this.decode), failure: null });
    } catch (error) {
      if (!isCallError(error)) throw error;
      this.publish({ told: this.answer.told, failure: error.message });
    }
  }

  private publish(answer: Answer<unknown>): void {
    this.answer = answer;
    for (const listener of this.listeners) listener(answer);
  }
}
