import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isKnown } from '../src/state/alerts';
import { beginningOf, formatReplay, fromLocalInput, localInput, parseReplay, sliderBounds, stretchOf } from '../src/state/replay';
import { createStore, type Store } from '../src/state/store';
import { Feed } from '../src/stream/feed';
import { alertJson } from './examples';
import { FakeSocket, newest } from './fakeSocket';

describe('a replay', () => {
  const noon = Date.UTC(2026, 10, 28, 5);

  test('begins in the past', () => {
    expect(beginningOf(noon + 1, noon)).toBe(noon - 10_000);
    expect(beginningOf(noon - 60_000, noon)).toBe(noon - 60_000);
  });

  test('is chosen by whole minutes of some hours', () => {
    expect(sliderBounds(noon + 30_000, 1)).toEqual({ first: noon - 3600_000, last: noon, step: 60_000 });
  });

  test('is told by a link, without fractions of seconds', () => {
    expect(formatReplay({ from: noon + 250, at: null, speed: 60 })).toBe('2026-11-28T05:00:00Z@60');
    expect(parseReplay('2026-11-28T05:00:00Z@60')).toEqual({ from: noon, speed: 60 });
    expect(parseReplay('2026-11-28T05:00:00Z@1e9')).toBeNull();
    expect(parseReplay('yesterday')).toBeNull();
  });

  test('is chosen in the time of the centre', () => {
    expect(localInput(noon, 'Asia/Ho_Chi_Minh')).toBe('2026-11-28T12:00');
    expect(fromLocalInput('2026-11-28T12:00', 'Asia/Ho_Chi_Minh')).toBe(noon);
    expect(fromLocalInput('', 'Asia/Ho_Chi_Minh')).toBeNull();
  });

  test('is a stretch of time of its own, which is not shown before its first frame', () => {
    const asked = { from: noon, speed: 60, paused: false, at: null, ended: false };
    expect(stretchOf(null)).toBe('present');
    expect(stretchOf(asked)).toBeNull();
    const shown = stretchOf({ ...asked, at: noon + 1 });
    expect(stretchOf({ ...asked, at: noon + 5000, paused: true })).toBe(shown);
    expect(stretchOf({ ...asked, from: noon - 1, at: noon })).not.toBe(shown);
  });
});

describe('a feed that is sent into the past', () => {
  const now = Date.UTC(2026, 10, 22, 6);
  const [past, present] = ['2026-11-22T05:00:00Z', '2026-11-22T06:00:00Z'];
  const known = { ...alertJson, acknowledged: true, acknowledged_by: 'Lan', acknowledged_at: present, version: 5 };
  const then = { ...alertJson, version: 2 };
  const snapshot = (t: string, ...alerts: object[]) => ({ type: 'snap', id: 'alerts-1', page: 0, last: true, seq: 1, t, alerts });

  let store: Store;
  let feed: Feed;
  beforeEach(() => {
    vi.useFakeTimers({ now });
    vi.stubGlobal('WebSocket', FakeSocket);
    store = createStore('dark', now);
    feed = new Feed(store, 'ws://service/v1/stream', () => null);
    feed.start();
    newest().open();
    newest().say({ type: 'welcome', session: 's', epoch: 'e', hb_s: 15, role: 'operator' });
    newest().say(snapshot(present, known));
  });
  afterEach(() => {
    feed.stop();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  test('shows alerts as they stood then, although newer versions of them are known', () => {
    feed.replay(Date.parse(past), 60);
    expect([store.isPast.value, store.stretch.value]).toEqual([true, null]);
    newest().say({ type: 'ev', id: 'alerts-1', seq: 2, prev: 1, alert: { ...known, version: 6 }, listed: true });
    newest().say({ type: 'reset', id: 'alerts-1', why: 'replay' });
    expect(isKnown(store.alerts.value)).toBe(false);
    newest().say(snapshot(past, then));
    vi.runOnlyPendingTimers();
    expect(store.alerts.value.byId.get('a1')).toMatchObject({ version: 2, acknowledged: false });
    expect(store.shown.value).toBe(Date.parse(past));
    expect(store.momentPast()).toBe(Date.parse(past));
  });

  test('shows no alert of the past once it is told to come back', () => {
    feed.replay(Date.parse(past), 60);
    newest().say({ type: 'reset', id: 'alerts-1', why: 'replay' });
    newest().say(snapshot(past, then));
    feed.live();
    expect(isKnown(store.alerts.value)).toBe(false);
    newest().say({ type: 'reset', id: 'alerts-1', why: 'replay' });
    newest().say(snapshot(present, known));
    expect(store.alerts.value.byId.get('a1')).toMatchObject({ version: 5, acknowledged: true });
    expect(store.momentPast()).toBeNull();
  });

  test('has no news, and nobody has looked', () => {
    store.desk.looked.value = { at: 0, alerts: new Map() };
    expect(store.desk.news.value.counts.opened).toBe(1);
    feed.replay(Date.parse(past), 60);
    expect(store.desk.news.value.counts.opened).toBe(0);
  });
});
