import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { watch } from '../rest/watch';

export interface Answer<T> {
  /** What the service said last, null before it said anything. */
  readonly told: T | null;
  /** Why the last attempt failed, null when it did not. */
  readonly failure: string | null;
}

const nothing: Answer<never> = { told: null, failure: null };

/** What the service answers to `path` (null: nothing is asked), kept up to date. `decode` must be the same function every time. */
export function useAnswer<T>(path: string | null, decode: (json: unknown) => T): Answer<T> {
  const { rest } = useApp();
  const [answer, setAnswer] = useState<{ path: string | null; told: T | null; failure: string | null }>({ path, ...nothing });
  useEffect(() => {
    if (path === null) return;
    return watch(rest, {
      path,
      decode,
      onAnswer: (told) => setAnswer({ path, told, failure: null }),
      onFailure: (failure) => setAnswer((before) => ({ path, told: before.path === path ? before.told : null, failure })),
    });
  }, [path, decode]);
  // Never the answer to another question.
  return answer.path === path ? answer : nothing;
}
