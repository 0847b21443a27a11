import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isSameView, sightOf } from '../src/state/sight';
import { createStore } from '../src/state/store';
import { Feed } from '../src/stream/feed';
import { FakeSocket, newest } from './fakeSocket';

describe('what a map shows', () => {
  test('is the whole world in the 512 pixels of zoom 0', () => {
    const { bbox, z } = sightOf({ lon: 0, lat: 0, zoom: 0 }, 512, 512);
    [-180, -85.0511, 180, 85.0511].forEach((side, at) => {
      expect(bbox[at]).toBeCloseTo(side, 3);
    });
    expect(z).toBe(0);
  });

  test('is half as wide one zoom nearer, with its middle in the middle of the picture', () => {
    const far = sightOf({ lon: 106.2, lat: 21.28, zoom: 9 }, 920, 720);
    const near = sightOf({ lon: 106.2, lat: 21.28, zoom: 10 }, 920, 720);
    expect(near.bbox[2] - near.bbox[0]).toBeCloseTo((far.bbox[2] - far.bbox[0]) / 2, 9);
    expect((near.bbox[0] + near.bbox[2]) / 2).toBeCloseTo(106.2, 9);
    // North of the equator the upper half of the picture is fewer degrees.
    expect(near.bbox[3] - 21.28).toBeLessThan(21.28 - near.bbox[1]);
  });

  test('is the same where only digits are lost', () => {
    const view = sightOf({ lon: 106.2, lat: 21.28, zoom: 9 }, 920, 720);
    expect(isSameView(view, { ...view, bbox: [view.bbox[0] + 1e-12, view.bbox[1], view.bbox[2], view.bbox[3]] })).toBe(true);
    expect(isSameView(view, { ...view, z: 9.1 })).toBe(false);
    expect(isSameView(view, sightOf({ lon: 106.2001, lat: 21.28, zoom: 9 }, 920, 720))).toBe(false);
  });
});

describe('a feed', () => {
  beforeEach(() => vi.stubGlobal('WebSocket', FakeSocket));
  afterEach(() => vi.unstubAllGlobals());

  test('asks once for a view, and for another one when the map has moved', () => {
    const feed = new Feed(createStore('dark', 0), 'ws://service/v1/stream', () => null);
    const [view, elsewhere] = [106, 107].map((lon) => sightOf({ lon, lat: 21, zoom: 9 }, 920, 720));
    if (view === undefined || elsewhere === undefined) throw new Error('there are two views');
    feed.look(view);
    feed.start();
    newest().open();
    newest().say({ type: 'welcome', session: 's', epoch: 'e', hb_s: 15, role: 'operator' });
    const asked = () => newest().sent.filter((frame) => JSON.stringify(frame).includes('bbox'));
    expect(asked()).toMatchObject([{ type: 'sub', id: 'view-1', view }]);
    feed.look({ ...view });
    expect(asked()).toHaveLength(1);
    feed.look(elsewhere);
    expect(asked()[1]).toMatchObject({ type: 'view', id: 'view-1', view: elsewhere });
    feed.stop();
  });
});
