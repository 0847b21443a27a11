import { useApp } from '../app';
import { fetchStation } from '../rest/stations';
import type { Station } from '../wire/types';
import { useAsked } from './useAsked';

/** How a station describes itself, which is always as of now; null while it is not known. Without it a card shows what the stream tells. */
export function useStation(id: string | null): Station | null {
  const { rest } = useApp();
  return useAsked(id, (signal) => fetchStation(rest, id ?? '', signal)).told;
}
