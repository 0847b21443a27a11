import type { ClientFrame, ServerFrame } from '../wire/types';

/**
 * The chain of one subscription: every delta names the one before it, so that a missing frame is seen.
 * A subscription that lost one is ended and begun anew under another id; late frames of the old id are ignored.
 */
export interface Chain {
  readonly channel: 'state' | 'alerts';
  readonly generation: number;
  /** Sequence number of the last frame taken, which is the server's position; null while waiting for a snapshot. */
  readonly seq: number | null;
  /** Whether the last page of the snapshot has come, so that a new connection can go on from `seq`. */
  readonly whole: boolean;
}

export interface Step {
  readonly chain: Chain;
  /** Whether the frame belongs to the chain and may be applied. */
  readonly accepted: boolean;
  readonly send: readonly ClientFrame[];
}

export type Chained = Extract<ServerFrame, { type: 'snap' | 'd' | 'ev' | 'reset' }>;

export const subscriptionId = (chain: Chain): string => `${chain.channel}-${chain.generation}`;

/** Begin the chain again under a new id, ending the old subscription when one runs. */
export function subscribe(chain: Chain, running: boolean): { chain: Chain; send: ClientFrame[] } {
  const next: Chain = { ...chain, generation: chain.generation + 1, seq: null, whole: false };
  const end: ClientFrame[] = running ? [{ type: 'unsub', id: subscriptionId(chain) }] : [];
  return { chain: next, send: [...end, { type: 'sub', id: subscriptionId(next), ch: chain.channel }] };
}

/** Go on with the chain on a new connection: under its name if it has one, from where it was if it is whole. */
export function goOn(chain: Chain): { chain: Chain; send: ClientFrame[] } {
  if (!chain.whole) return subscribe(chain, false);
  return { chain, send: [{ type: 'sub', id: subscriptionId(chain), ch: chain.channel }] };
}

/** Take one frame: accept it, ignore it (another subscription's, or before the snapshot), or find a gap and subscribe again. */
export function follow(chain: Chain, frame: Chained): Step {
  const ignored: Step = { chain, accepted: false, send: [] };
  if (frame.id !== subscriptionId(chain)) return ignored;
  switch (frame.type) {
    case 'reset':
      return { chain: { ...chain, seq: null, whole: false }, accepted: false, send: [] };
    case 'snap':
      return { chain: { ...chain, seq: frame.seq, whole: frame.last }, accepted: true, send: [] };
    default:
      if (chain.seq === null) return ignored;
      if (frame.prev !== chain.seq) return { ...subscribe(chain, true), accepted: false };
      return { chain: { ...chain, seq: frame.seq }, accepted: true, send: [] };
  }
}
