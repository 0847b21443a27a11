import { useApp } from '../app';
import { fetchStory } from '../rest/alertCommands';
import type { AlertStory } from '../wire/types';
import { useAsked } from './useAsked';

interface Told {
  /** Null while it is not known. */
  readonly story: AlertStory | null;
  readonly failure: string | null;
}

/** An alert as it is now, with its history; asked for anew with each version that the stream tells of. */
export function useStory(id: string | null, version: number | null): Told {
  const { rest } = useApp();
  const { told, failure } = useAsked(id, (signal) => fetchStory(rest, id ?? '', signal), [version]);
  return { story: told, failure: told === null ? failure : null };
}
