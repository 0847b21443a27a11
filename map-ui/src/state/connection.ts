/** What is known of the way to the service: the phase of the socket and the age of what came through it. */

export type Phase =
  | { readonly name: 'connecting' }
  | { readonly name: 'live' }
  | { readonly name: 'degraded'; readonly why: string }
  | { readonly name: 'reconnecting'; readonly retryAt: number }
  | { readonly name: 'refused'; readonly reason: 'key' | 'role' };

export interface Connection {
  readonly phase: Phase;
  readonly attempt: number;
  readonly heartbeatMs: number;
  readonly lastFrameAt: number | null;
  /** Time of the newest observation that the service spoke of, in its clock. */
  readonly newestAt: number | null;
  readonly lagMs: number | null;
  /** The time that is shown minus this machine's clock. */
  readonly skewMs: number;
  /** The same of the present, while a replay shows another time. */
  readonly presentSkewMs: number;
  /** A frame of this connection could not be read, so that what is shown may be incomplete. */
  readonly unreadable: string | null;
}

export type ConnectionEvent =
  | { readonly type: 'connecting' }
  | { readonly type: 'welcome'; readonly heartbeatMs: number }
  | { readonly type: 'frame'; readonly newestAt: number | null }
  | {
      readonly type: 'heartbeat';
      readonly t: number;
      readonly lagMs: number | null;
      readonly degraded: string | null;
      readonly past?: boolean;
    }
  /** Another time is shown: what was known of the age of data is of no use. */
  | { readonly type: 'elsewhen' }
  | { readonly type: 'clock'; readonly t: number }
  | { readonly type: 'unreadable'; readonly detail: string }
  | { readonly type: 'closed'; readonly retryAt: number }
  | { readonly type: 'refused'; readonly reason: 'key' | 'role' };

export const initialConnection: Connection = {
  phase: { name: 'connecting' },
  attempt: 0,
  heartbeatMs: 15_000,
  lastFrameAt: null,
  newestAt: null,
  lagMs: null,
  skewMs: 0,
  presentSkewMs: 0,
  unreadable: null,
};

export function reduceConnection(state: Connection, event: ConnectionEvent, now: number): Connection {
  switch (event.type) {
    case 'connecting':
      return { ...state, phase: { name: 'connecting' } };
    case 'welcome':
      return { ...state, phase: { name: 'live' }, attempt: 0, heartbeatMs: event.heartbeatMs, lastFrameAt: now, unreadable: null };
    case 'frame':
      return { ...state, lastFrameAt: now, newestAt: later(state.newestAt, event.newestAt) };
    case 'heartbeat':
      return {
        ...state,
        phase: event.degraded === null ? { name: 'live' } : { name: 'degraded', why: event.degraded },
        lastFrameAt: now,
        lagMs: event.lagMs,
        newestAt: event.lagMs === null ? state.newestAt : later(state.newestAt, event.t - event.lagMs),
        skewMs: event.t - now,
        presentSkewMs: event.past ? state.presentSkewMs : event.t - now,
      };
    case 'elsewhen':
      return { ...state, newestAt: null, lagMs: null };
    case 'clock':
      return { ...state, skewMs: event.t - now };
    case 'unreadable':
      return { ...state, unreadable: event.detail };
    case 'closed':
      return { ...state, phase: { name: 'reconnecting', retryAt: event.retryAt }, attempt: state.attempt + 1 };
    case 'refused':
      return { ...state, phase: { name: 'refused', reason: event.reason } };
  }
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

export const isUp = (state: Connection): boolean => state.phase.name === 'live' || state.phase.name === 'degraded';

/** The age of the newest observation in milliseconds, by the service's clock; null before the first. */
export function dataAge(state: Connection, now: number): number | null {
  return state.newestAt === null ? null : Math.max(0, now + state.skewMs - state.newestAt);
}

/** Whether an open socket has been silent so long that it must be taken for dead. */
export function isSilent(state: Connection, now: number): boolean {
  return isUp(state) && state.lastFrameAt !== null && now - state.lastFrameAt > state.heartbeatMs * 2.5;
}
