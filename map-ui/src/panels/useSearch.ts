import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { language } from '../i18n';
import { isCallError } from '../rest/client';
import { fetchLayers, findFeatures, findUnits, placeOfUnit } from '../rest/places';
import { fetchStationPage } from '../rest/stations';
import type { Place } from '../state/places';
import type { StateRow } from '../wire/types';

const typingMs = 250;
const perGroup = 6;
const perLayer = 3;

export interface Findings {
  readonly words: string;
  readonly units: readonly Place[];
  readonly stations: readonly StateRow[];
  readonly features: readonly Place[];
  /** A part of the search did not answer. */
  readonly failed: boolean;
}

/** What the words name: units, stations, features of every published layer; null while nothing is typed or known. */
export function useSearch(words: string): Findings | null {
  const { rest, store } = useApp();
  const [findings, setFindings] = useState<Findings | null>(null);
  const wanted = words.trim();
  useEffect(() => {
    if (wanted.length < 2) {
      setFindings(null);
      return;
    }
    const abort = new AbortController();
    const { signal } = abort;
    let failed = false;
    const orNone = <T>(answer: Promise<T>, none: T): Promise<T> =>
      answer.catch((error) => {
        if (!isCallError(error) && !signal.aborted) throw error;
        failed = true;
        return none;
      });
    const ask = async () => {
      const code = language.peek();
      const layers = orNone(fetchLayers(rest, code, signal), []).then((all) => all.filter((layer) => !layer.live));
      const features = layers.then((all) =>
        Promise.all(
          all
            .filter((layer) => !layer.id.startsWith('units'))
            .map((layer) => orNone(findFeatures(rest, layer, wanted, perLayer, code, signal), [])),
        ),
      );
      const [units, stations, found] = await Promise.all([
        orNone(findUnits(rest, wanted, perGroup, signal), []),
        orNone(fetchStationPage(rest, { words: wanted, limit: perGroup, at: store.momentPast() }, signal), { stations: [], total: 0 }),
        features,
      ]);
      if (signal.aborted) return;
      setFindings({
        words: wanted,
        units: units.map((unit) => placeOfUnit(unit, code)),
        stations: stations.stations.map(({ row }) => row),
        features: found.flat(),
        failed,
      });
    };
    const timer = setTimeout(() => void ask(), typingMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [rest, wanted, language.value, store.stretch.value]);
  return findings;
}
