import type { Language } from '../i18n';
import { nameOf } from '../state/places';
import { rank } from '../state/severity';
import { decodeFeatures } from '../wire/place';
import type { StationState } from '../wire/types';
import { isCallError, type RestClient } from './client';
import { fetchLayers } from './places';

/** What one collection has inside an area. */
export interface Inside {
  readonly collection: string;
  readonly title: string;
  readonly total: number;
  /** Of how many the gravest were looked for: of all, unless there are more than the service is asked for at once. */
  readonly among: number;
  readonly first: readonly { readonly fid: string; readonly name: string; readonly state: string | null }[];
  /** The address of all of them; `&f=` makes a file of it. */
  readonly path: string;
}

/** So many of each are told. */
const shown = 200;
/** Of stations so many are looked at to find the gravest, which the service cannot sort by. */
const mostStations = 5_000;
/** Collections that say the same as others, or what happened instead of what is. */
const leftOut = new Set(['units-now', 'events', 'alerts']);

/** The stations first, of these the gravest, then every published layer that has something there. */
export async function fetchInside(rest: RestClient, filter: string, language: Language, signal: AbortSignal): Promise<Inside[]> {
  const layers = await fetchLayers(rest, language, signal);
  const asked = layers
    .filter(({ id }) => !leftOut.has(id))
    .map(async ({ id, title }): Promise<Inside> => {
      const now = id.startsWith('units') ? { datetime: new Date().toISOString() } : {};
      const path = `/ogc/collections/${encodeURIComponent(id)}/items?${new URLSearchParams({ filter, ...now })}`;
      const isLive = id === 'stations';
      const few = isLive ? `limit=${mostStations}&properties=name,state` : `limit=${shown}`;
      const page = await rest.get(`${path}&${few}`, decodeFeatures, signal);
      const told = page.features.map(({ fid, properties }) => ({
        fid,
        name: nameOf(properties, fid, language),
        state: isLive && typeof properties.state === 'string' ? properties.state : null,
      }));
      const gravity = (state: string | null) => (state === null ? 0 : rank(state as StationState));
      const first = told.sort((a, b) => gravity(b.state) - gravity(a.state)).slice(0, shown);
      return { collection: id, title, total: page.total, among: told.length, first, path };
    });
  const answers = await Promise.all(
    asked.map((each) =>
      each.catch((error) => {
        // A layer that cannot be asked, such as one without places, hides nothing of the others.
        if (!isCallError(error) || signal.aborted) throw error;
        return null;
      }),
    ),
  );
  const found = answers.filter((each) => each !== null);
  return found
    .filter(({ collection, total }) => total > 0 || collection === 'stations')
    .sort((a, b) => Number(b.collection === 'stations') - Number(a.collection === 'stations'));
}
