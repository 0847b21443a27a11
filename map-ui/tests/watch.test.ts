import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RestClient, RestError } from '../src/rest/client';
import { type Answer, Watches } from '../src/rest/watch';

/** A service that answers what it is told to. */
class FakeRest implements RestClient {
  asked: string[] = [];
  answer: unknown = 1;

  async get<T>(path: string, decode: (json: unknown) => T): Promise<T> {
    this.asked.push(path);
    if (this.answer instanceof Error) throw this.answer;
    return decode(this.answer);
  }

  post<T>(): Promise<T> {
    throw new Error('nothing is posted here');
  }

  file(): Promise<Blob> {
    throw new Error('no file is asked for here');
  }
}

const decode = (json: unknown) => json as number;
const page = { hidden: false, listeners: new Map<string, () => void>() };

describe('what is asked for', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    page.hidden = false;
    const on = (name: string, listener: () => void) => page.listeners.set(name, listener);
    vi.stubGlobal('document', {
      get hidden() {
        return page.hidden;
      },
      addEventListener: on,
    });
    vi.stubGlobal('addEventListener', on);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const settle = () => vi.advanceTimersByTimeAsync(0);

  test('is asked again every minute, and told to everybody who asked', async () => {
    const rest = new FakeRest();
    const watches = new Watches(rest);
    const told: unknown[] = [];
    watches.follow('/x', decode, (answer) => told.push(['a', answer.told]));
    watches.follow('/x', decode, (answer) => told.push(['b', answer.told]));
    await settle();
    rest.answer = 2;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rest.asked).toEqual(['/x', '/x']);
    expect(told).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['b', 2],
    ]);
  });

  test('keeps its last answer when the service fails, and says why', async () => {
    const rest = new FakeRest();
    const watches = new Watches(rest);
    const told: Answer<number>[] = [];
    watches.follow('/x', decode, (answer) => told.push(answer));
    await settle();
    rest.answer = new RestError(503, 'the database is away');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told.at(-1)).toEqual({ told: 1, failure: 'the database is away' });
    expect(watches.peek('/x')).toEqual(told.at(-1));
  });

  test('is not asked while nobody looks', async () => {
    const rest = new FakeRest();
    const watches = new Watches(rest);
    const stop = watches.follow('/x', decode, () => {});
    await settle();
    page.hidden = true;
    await vi.advanceTimersByTimeAsync(180_000);
    expect(rest.asked).toHaveLength(1);
    page.hidden = false;
    page.listeners.get('visibilitychange')?.();
    await settle();
    expect(rest.asked).toHaveLength(2);
    stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(rest.asked).toHaveLength(2);
    expect(watches.peek('/x')).toEqual({ told: null, failure: null });
  });
});
