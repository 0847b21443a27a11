import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { fetchStory } from '../rest/alertCommands';
import { isCallError } from '../rest/client';
import { isUp } from '../state/connection';
import type { AlertStory } from '../wire/types';

interface Told {
  /** Null while it is not known. */
  readonly story: AlertStory | null;
  readonly failure: string | null;
}

/** An alert with its history; asked for anew with each version that the stream tells of, and when the connection is back. */
export function useStory(id: string | null, version: number | null): Told {
  const { rest, store } = useApp();
  const [story, setStory] = useState<AlertStory | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const up = isUp(store.connection.value);
  useEffect(() => {
    if (id === null) return;
    const abort = new AbortController();
    fetchStory(rest, id, abort.signal).then(
      (told) => {
        setStory(told);
        setFailure(null);
      },
      (error: Error) => {
        if (abort.signal.aborted) return;
        if (!isCallError(error)) throw error;
        setFailure(error.message);
      },
    );
    return () => abort.abort();
  }, [rest, id, version, up]);
  const known = story?.alert.id === id ? story : null;
  return { story: known, failure: known === null ? failure : null };
}
