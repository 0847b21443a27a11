import { effect } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import type { RestClient } from '../rest/client';
import { type Answer, unanswered, Watches } from '../rest/watch';
import type { Store } from '../state/store';

export type { Answer };

let watches: Watches | null = null;

/** What the service answers to `path` (null: nothing is asked), kept up to date. `decode` must be the same function every time. */
export function useAnswer<T>(path: string | null, decode: (json: unknown) => T): Answer<T> {
  const { rest, store } = useApp();
  watches ??= startWatches(rest, store);
  const all = watches;
  const [, redraw] = useState(0);
  useEffect(() => {
    if (path === null) return;
    return all.follow(path, decode, () => redraw((count) => count + 1));
  }, [path, decode]);
  return path === null ? unanswered : all.peek<T>(path);
}

function startWatches(rest: RestClient, store: Store): Watches {
  const started = new Watches(rest);
  // With another key, or none, the answers are others.
  effect(() => {
    if (!store.keyWanted.value) started.wake();
  });
  return started;
}
