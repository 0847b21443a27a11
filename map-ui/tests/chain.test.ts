import { describe, expect, test } from 'vitest';
import { type Chain, follow, goOn, look, newChain, subscribe } from '../src/state/chain';
import { delta, page } from './examples';

describe('the chain of a subscription', () => {
  const begun: Chain = { ...newChain('state', { ch: 'state' }), generation: 1, seq: 7, whole: true, tells: 'rows' };

  test('takes the delta that follows', () => {
    const step = follow(begun, delta({ prev: 7, seq: 8 }));
    expect(step).toMatchObject({ accepted: true, chain: { seq: 8 }, send: [] });
  });

  test('subscribes again under a new name when a frame is missing', () => {
    const step = follow(begun, delta({ prev: 8, seq: 9 }));
    expect(step.accepted).toBe(false);
    expect(step.send).toEqual([
      { type: 'unsub', id: 'state-1' },
      { type: 'sub', id: 'state-2', ch: 'state' },
    ]);
    expect(step.chain).toMatchObject({ generation: 2, seq: null });
  });

  test('ignores late frames of an earlier subscription, and deltas before the snapshot', () => {
    const again = subscribe(begun, true).chain;
    expect(follow(again, delta({ prev: 7, seq: 8 })).accepted).toBe(false);
    expect(follow(again, delta({ id: 'state-2', prev: 1, seq: 2 }))).toMatchObject({ accepted: false, send: [] });
  });

  test('waits for a snapshot after a reset', () => {
    const reset = follow(begun, { type: 'reset', id: 'state-1', why: 'slow' });
    expect(reset.chain.seq).toBeNull();
    expect(reset.chain.whole).toBe(false);
    expect(follow(reset.chain, page({ seq: 20 }))).toMatchObject({ accepted: true, chain: { seq: 20 } });
  });
});

describe('a chain whose view moves', () => {
  const view = { bbox: [105, 20, 107, 22], z: 9 } as const;
  const begun: Chain = { ...newChain('view', { ch: 'state' }), generation: 1, seq: 7, whole: true, tells: 'rows' };

  test('is whole again with the first frame of the view that was asked for last', () => {
    const once = look(begun, view);
    expect(once.send).toEqual([{ type: 'view', id: 'view-1', view, vseq: 1 }]);
    const twice = look(once.chain, view).chain;
    const early = follow(twice, delta({ id: 'view-1', prev: 7, seq: 8, vseq: 1 })).chain;
    expect(early.whole).toBe(false);
    expect(follow(early, delta({ id: 'view-1', prev: 8, seq: 9, vseq: 2 })).chain.whole).toBe(true);
    expect(follow(early, page({ id: 'view-1', last: false, vseq: 2 })).chain.whole).toBe(false);
    expect(follow(early, page({ id: 'view-1', vseq: 2 })).chain.whole).toBe(true);
    expect(follow(early, page({ id: 'view-1', vseq: 1 })).chain.whole).toBe(false);
  });

  test('asks for its view when it begins anew', () => {
    expect(goOn(look(begun, view).chain).send).toEqual([{ type: 'sub', id: 'view-2', ch: 'state', view, vseq: 1 }]);
  });

  test('begins anew where it has stations and is told cells', () => {
    const cells = { type: 'd' as const, id: 'view-1', prev: 7, seq: 8, vseq: null, t: null, cells: [], removed: [] };
    expect(follow(begun, cells)).toMatchObject({ accepted: false, send: [{ type: 'unsub' }, { type: 'sub', id: 'view-2' }] });
  });
});

describe('a chain on a new connection', () => {
  const whole: Chain = { ...newChain('state', { ch: 'state' }), generation: 3, seq: 7, whole: true };

  test('goes on under its name when it is whole', () => {
    expect(goOn(whole)).toEqual({ chain: whole, send: [{ type: 'sub', id: 'state-3', ch: 'state' }] });
  });

  test('begins anew while its snapshot was not whole', () => {
    const step = goOn(follow({ ...whole, seq: null, whole: false }, page({ id: 'state-3', last: false })).chain);
    expect(step.chain).toMatchObject({ generation: 4, seq: null });
  });
});
