import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app';
import { isCallError } from '../rest/client';
import { isUp } from '../state/connection';

export interface Asked<T> {
  /** What the service said last; null before it said anything. */
  readonly told: T | null;
  /** Why the last attempt failed; null when it did not. */
  readonly failure: string | null;
}

interface Often {
  /** Ask anew so long after each answer, while the page is in sight and the connection up. */
  readonly everyMs?: number;
  /** Also while the page is out of sight. */
  readonly hidden?: boolean;
}

const nothing: Asked<never> = { told: null, failure: null };

/**
 * Ask the service about a subject (null: nothing is asked), again when the connection is back and when one of `anew` is another. A question
 * whose place another takes is given up. What was told of the same subject stays until there is something newer, of another it goes at once.
 */
export function useAsked<T>(
  subject: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  anew: readonly unknown[] = [],
  { everyMs, hidden = false }: Often = {},
): Asked<T> {
  const { store } = useApp();
  const [answer, setAnswer] = useState<Asked<T> & { readonly subject: string | null }>({ subject: null, ...nothing });
  const question = useRef(ask);
  question.current = ask;
  const up = isUp(store.connection.value);
  useEffect(() => {
    if (subject === null) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (!abort.signal.aborted && everyMs !== undefined && up) timer = setTimeout(document.hidden && !hidden ? again : attempt, everyMs);
    };
    const attempt = () =>
      void question.current(abort.signal).then(
        (told) => {
          if (abort.signal.aborted) return;
          setAnswer({ subject, told, failure: null });
          again();
        },
        (error: Error) => {
          if (abort.signal.aborted) return;
          if (!isCallError(error)) throw error;
          setAnswer((known) => ({ subject, told: known.subject === subject ? known.told : null, failure: error.message }));
          again();
        },
      );
    attempt();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [subject, up, everyMs, hidden, ...anew]);
  return answer.subject === subject ? answer : nothing;
}
