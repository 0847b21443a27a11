import type { ClientFrame, Filter, ServerFrame, ViewIn } from '../wire/types';

/** What a subscription is about. */
export interface Question {
  readonly ch: 'state' | 'alerts';
  readonly filter?: Filter;
  readonly view?: ViewIn;
  readonly rate_hz?: number;
}

/**
 * The chain of one subscription: every delta names the one before it, so that a missing frame is seen.
 * A subscription that lost one is ended and begun anew under another id; late frames of the old id are ignored.
 */
export interface Chain {
  readonly name: string;
  readonly question: Question;
  readonly generation: number;
  /** Sequence number of the last frame taken, which is the server's position; null while waiting for a snapshot. */
  readonly seq: number | null;
  /** Whether what has come is all of the present view, so that a new connection can go on from `seq`. */
  readonly whole: boolean;
  /** The number of the view that was asked for last; the frame that brings it back shows that view. */
  readonly vseq: number | null;
  /** What the snapshot told: single stations, or cells from afar. */
  readonly tells: 'rows' | 'cells' | null;
}

export interface Step {
  readonly chain: Chain;
  /** Whether the frame belongs to the chain and may be applied. */
  readonly accepted: boolean;
  readonly send: readonly ClientFrame[];
}

export type Chained = Extract<ServerFrame, { type: 'snap' | 'd' | 'ev' | 'reset' }>;

export const newChain = (name: string, question: Question): Chain => ({
  name,
  question,
  generation: 0,
  seq: null,
  whole: false,
  vseq: null,
  tells: null,
});

export const subscriptionId = (chain: Chain): string => `${chain.name}-${chain.generation}`;

/** Begin the chain again under a new id, ending the old subscription when one runs. */
export function subscribe(chain: Chain, running: boolean): { chain: Chain; send: ClientFrame[] } {
  const next: Chain = { ...chain, generation: chain.generation + 1, seq: null, whole: false };
  const end: ClientFrame[] = running ? [{ type: 'unsub', id: subscriptionId(chain) }] : [];
  return { chain: next, send: [...end, beginning(next)] };
}

/** Go on with the chain on a new connection: under its name if it has one, from where it was if it is whole. */
export function goOn(chain: Chain): { chain: Chain; send: ClientFrame[] } {
  if (!chain.whole) return subscribe(chain, false);
  return { chain, send: [beginning(chain)] };
}

/** Look elsewhere. What comes is not whole until the first frame of the new view. */
export function look(chain: Chain, view: ViewIn): { chain: Chain; send: ClientFrame[] } {
  const vseq = (chain.vseq ?? 0) + 1;
  const next: Chain = { ...chain, question: { ...chain.question, view }, vseq, whole: false };
  return { chain: next, send: [{ type: 'view', id: subscriptionId(chain), view, vseq }] };
}

function beginning(chain: Chain): ClientFrame {
  return { type: 'sub', id: subscriptionId(chain), ...chain.question, ...(chain.vseq === null ? {} : { vseq: chain.vseq }) };
}

/** Take one frame: accept it, ignore it (another subscription's, or before the snapshot), or find a gap and subscribe again. */
export function follow(chain: Chain, frame: Chained): Step {
  const ignored: Step = { chain, accepted: false, send: [] };
  if (frame.id !== subscriptionId(chain)) return ignored;
  switch (frame.type) {
    case 'reset':
      return { chain: { ...chain, seq: null, whole: false }, accepted: false, send: [] };
    case 'snap': {
      const whole = frame.last && frame.vseq === chain.vseq;
      return { chain: { ...chain, seq: frame.seq, whole, tells: tellsOf(frame) }, accepted: true, send: [] };
    }
    default:
      if (chain.seq === null) return ignored;
      // After a return the service may have more stations in the view than before, and count them in cells.
      if (frame.prev !== chain.seq || tellsOf(frame) !== chain.tells) return { ...subscribe(chain, true), accepted: false };
      return { chain: { ...chain, seq: frame.seq, whole: chain.whole || isAnswer(chain, frame) }, accepted: true, send: [] };
  }
}

const isAnswer = (chain: Chain, frame: Chained): boolean =>
  frame.type === 'd' && chain.vseq !== null && 'vseq' in frame && frame.vseq === chain.vseq;

function tellsOf(frame: Exclude<Chained, { type: 'reset' }>): Chain['tells'] {
  if ('cells' in frame) return 'cells';
  return 'rows' in frame ? 'rows' : null;
}
