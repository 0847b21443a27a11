import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { App } from '../src/app';
import { followCases } from '../src/map/followCases';
import type { MapView } from '../src/map/view';
import type { RestClient } from '../src/rest/client';
import { fetchInside } from '../src/rest/inside';
import { createStore } from '../src/state/store';
import type { CasePlace } from '../src/wire/cases';

/** A service that answers each path when it is told to, and remembers what it was asked. */
function fakeRest(answer: (path: string) => unknown) {
  const asked: string[] = [];
  const get = async <T>(path: string, decode: (json: unknown) => T): Promise<T> => {
    asked.push(path);
    return decode(await answer(path));
  };
  return { asked, rest: { get } as RestClient };
}

describe('open cases on the map', () => {
  beforeEach(() => void vi.stubGlobal('document', { hidden: false }));
  afterEach(() => void vi.unstubAllGlobals());

  test('of another kind take no place of those before until they are told', () => {
    const store = createStore('dark', 0);
    store.connection.value = { ...store.connection.value, phase: { name: 'live' } };
    const { asked, rest } = fakeRest(() => new Promise(() => undefined));
    const showCases = vi.fn();
    const stop = followCases({ store, rest } as App, { showCases } as unknown as MapView, { dataset: {} } as HTMLElement);
    store.cases.value = 'reports';
    store.casePlaces.value = [{ subject: 'R1' } as CasePlace];
    store.casesListed.value = new Set(['R1']);
    store.theme.value = 'light';
    expect(store.casePlaces.value).toHaveLength(1);
    showCases.mockClear();
    store.cases.value = 'dossiers';
    expect(asked.at(-1)).toBe('/v1/cases/dossiers/places');
    expect(showCases.mock.calls).toEqual([[null]]);
    expect([store.casePlaces.value, store.casesListed.value]).toEqual([null, null]);
    stop();
  });
});

describe('what lies inside an area', () => {
  const station = (at: number, state: string) => ({ id: `s/${at}`, geometry: null, properties: { name: `Trạm ${at}`, state } });

  test('has the gravest stations first, also where they stand behind many others', async () => {
    const many = [...Array(300).keys()].map((at) => station(at, at === 299 ? 'extreme' : 'normal'));
    const { asked, rest } = fakeRest((path) =>
      path.startsWith('/ogc/collections?')
        ? { collections: [{ id: 'stations', title: 'Stations' }] }
        : { features: many, numberMatched: 6000 },
    );
    const [inside] = await fetchInside(rest, 'true', 'vi', new AbortController().signal);
    expect(asked[1]).toContain('limit=5000');
    expect(inside).toMatchObject({ total: 6000, among: 300 });
    expect(inside?.first).toHaveLength(200);
    expect(inside?.first[0]).toEqual({ fid: 's/299', name: 'Trạm 299', state: 'extreme' });
  });
});
