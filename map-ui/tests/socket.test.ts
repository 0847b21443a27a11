import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ConnectionEvent } from '../src/state/connection';
import { retryDelay } from '../src/stream/backoff';
import { StreamSocket } from '../src/stream/socket';
import type { ServerFrame } from '../src/wire/types';
import { FakeSocket, newest } from './fakeSocket';

describe('the stream', () => {
  let events: ConnectionEvent[];
  let frames: ServerFrame[];
  let stream: StreamSocket;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.made = [];
    events = [];
    frames = [];
    stream = new StreamSocket({
      url: 'ws://service/v1/stream',
      token: () => 'sesame',
      onEvent: (event) => events.push(event),
      onFrame: (frame) => frames.push(frame),
    });
    stream.connect();
    newest().open();
  });

  afterEach(() => {
    stream.close();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  test('says hello with the key, in our subprotocol', () => {
    expect(newest().protocol).toBe('ioc.v1');
    expect(newest().sent).toEqual([{ type: 'hello', token: 'sesame' }]);
  });

  test('answers a heartbeat', () => {
    newest().say({ type: 'hb', t: '2026-11-22T05:00:00Z', lag_ms: 1, mode: 'live' });
    expect(newest().sent.at(-1)).toEqual({ type: 'pong' });
    expect(frames).toHaveLength(1);
  });

  test('tells of an unreadable frame and lives on', () => {
    newest().say({ type: 'nonsense' });
    newest().say({ type: 'reset', id: 'state-1' });
    expect(events.at(-1)).toEqual({ type: 'unreadable', detail: 'frame type nonsense is unknown' });
    expect(frames).toHaveLength(1);
  });

  test('comes back by itself after a loss', () => {
    newest().hangUp(1006);
    expect(events.at(-1)?.type).toBe('closed');
    vi.advanceTimersByTime(1000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  test('stays away as long as the service asks', () => {
    newest().say({ type: 'bye', code: 1001, after_ms: 5000 });
    newest().hangUp(1001);
    vi.advanceTimersByTime(4900);
    expect(FakeSocket.made).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  test.each([
    [4401, 'key'],
    [4403, 'role'],
  ])('does not come back by itself after %i', (code, reason) => {
    newest().hangUp(code);
    vi.advanceTimersByTime(120_000);
    expect(events.at(-1)).toEqual({ type: 'refused', reason });
    expect(FakeSocket.made).toHaveLength(1);
  });

  test('gives up a connection that has fallen silent', () => {
    const silent = newest();
    stream.abandon();
    expect(silent.readyState).toBe(3);
    vi.advanceTimersByTime(1000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  test('tries at once when asked, and only once', () => {
    newest().hangUp(1006);
    stream.retryNow();
    stream.retryNow();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.made).toHaveLength(2);
  });
});

test('the delay doubles up to half a minute, is scattered, and is never shorter than asked', () => {
  expect(retryDelay(0, 0, () => 0)).toBe(250);
  expect(retryDelay(0, 0, () => 1)).toBe(500);
  expect(retryDelay(3, 0, () => 1)).toBe(4000);
  expect(retryDelay(50, 0, () => 1)).toBe(30_000);
  expect(retryDelay(0, 5000, () => 0)).toBe(5000);
});
