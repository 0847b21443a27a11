import { batch } from '@preact/signals';
import { applyAlertSnapshot, mergeAlerts, unknownAlerts } from '../state/alerts';
import { applyCells } from '../state/cells';
import { type Chain, type Chained, follow, goOn, look, newChain, subscribe, subscriptionId } from '../state/chain';
import { type ConnectionEvent, isSilent, isUp, reduceConnection } from '../state/connection';
import { isSameView } from '../state/sight';
import { applyDelta, applySnapshot, forget, type Origin } from '../state/stations';
import type { Store } from '../state/store';
import type { ClientFrame, ResumeFrom, ServerFrame, StateRow, ViewIn } from '../wire/types';
import { Commands } from './commands';
import { FigureStreams } from './figures';
import { AlertInbox } from './inbox';
import { StreamSocket } from './socket';

type Send = (frame: ClientFrame) => void;

const chainNames = ['alerts', 'troubled', 'view'] as const;
type ChainName = (typeof chainNames)[number];

/**
 * The stream joined to the store by three subscriptions: what the view of the map shows, every station with which something is wrong,
 * and every alert; the first begins when the map knows where it looks. Beside them go the figures that somebody follows.
 */
export class Feed {
  private readonly chains: Record<ChainName, Chain> = {
    alerts: newChain('alerts', { ch: 'alerts' }),
    troubled: newChain('troubled', { ch: 'state', filter: { state: 'minor' }, rate_hz: 1 }),
    view: newChain('view', { ch: 'state' }),
  };
  private epoch: string | null = null;
  private readonly socket: StreamSocket;
  private readonly inbox = new AlertInbox((alerts) => {
    this.store.alerts.value = mergeAlerts(this.store.alerts.value, alerts);
  });
  /** What the operator has done over the stream. */
  readonly commands: Commands;
  /** Present figures of indicators, for whoever follows some. */
  readonly figures: FigureStreams;

  constructor(
    private readonly store: Store,
    url: string,
    token: () => string | null,
  ) {
    this.socket = new StreamSocket({
      url,
      token,
      resume: () => this.resume(),
      onEvent: (event) => this.apply(event),
      onFrame: (frame, send) => batch(() => this.receive(frame, send)),
    });
    this.commands = new Commands((frame) => this.socket.send(frame));
    this.figures = new FigureStreams((frame) => this.socket.send(frame));
  }

  start(): void {
    this.socket.connect();
  }

  stop(): void {
    this.socket.close();
  }

  /** Connect now: the machine woke up, the network came back, or the operator asked. */
  retryNow(): void {
    this.socket.retryNow();
  }

  /** Drop the present connection and begin another, with the key of this moment. */
  restart(): void {
    this.socket.connect();
  }

  /** Called once a second: takes a connection that has fallen silent for dead. */
  watch(now: number): void {
    if (isSilent(this.store.connection.value, now)) this.socket.abandon();
  }

  /** Have the service tell what lies in a view of the map. */
  look(view: ViewIn): void {
    const known = this.chains.view.question.view;
    if (known !== undefined && isSameView(known, view)) return;
    const { chain, send } = look(this.chains.view, view);
    const up = isUp(this.store.connection.peek());
    const isNew = this.chains.view.generation === 0;
    const begun = isNew && up ? subscribe(chain, false) : { chain, send: isNew ? [] : send };
    this.chains.view = begun.chain;
    if (up) for (const frame of begun.send) this.socket.send(frame);
  }

  /** Show the past from a moment on, `speed` seconds in a second. */
  replay(from: number, speed: number): void {
    const held = this.store.replay.peek()?.paused ?? false;
    batch(() => {
      this.store.replay.value = { from, speed, paused: false, at: null, ended: false };
      this.store.replayRefused.value = null;
      this.elsewhen();
    });
    if (held) this.socket.send({ type: 'resume' });
    this.socket.send({ type: 'replay', from: new Date(from).toISOString(), speed });
  }

  /** Show the present again. */
  live(): void {
    if (this.store.replay.peek()?.paused) this.socket.send({ type: 'resume' });
    batch(() => {
      this.store.replay.value = null;
      this.elsewhen();
      // Nobody may take the alerts of the past for those of the present, be it for a moment.
      this.forgetTime('alerts');
    });
    this.socket.send({ type: 'replay' });
  }

  /** Let a replay stand still, or go on. */
  hold(paused: boolean): void {
    const { replay } = this.store;
    const known = replay.peek();
    if (known === null) return;
    replay.value = { ...known, paused };
    this.socket.send({ type: paused ? 'pause' : 'resume' });
  }

  /** What is shown is of another time than what comes: a new connection cannot go on from it. */
  private elsewhen(): void {
    for (const name of chainNames) this.chains[name] = { ...this.chains[name], whole: false };
    this.apply({ type: 'elsewhen' });
  }

  private apply(event: ConnectionEvent): void {
    const { connection } = this.store;
    connection.value = reduceConnection(connection.value, event, Date.now());
  }

  private receive(frame: ServerFrame, send: Send): void {
    switch (frame.type) {
      case 'welcome':
        this.apply({ type: 'welcome', heartbeatMs: frame.heartbeatS * 1000 });
        this.store.role.value = frame.role;
        this.epoch = frame.epoch;
        this.begin(send);
        this.figures.begin();
        this.replayAgain(send);
        this.commands.resend();
        return;
      case 'hb':
        this.apply({ type: 'heartbeat', t: frame.t, lagMs: frame.lagMs, degraded: frame.degraded, past: frame.replay !== null });
        if (frame.replay !== null) this.shows({ at: frame.t, ended: frame.replay.ended });
        return;
      case 'err':
        if (frame.code === 'replay') {
          this.store.replay.value = null;
          this.store.replayRefused.value = frame.detail;
          return;
        }
        this.apply({ type: 'unreadable', detail: `${frame.code}: ${frame.detail}` });
        return;
      case 'bye':
        return;
      case 'res':
        this.commands.take(frame);
        return;
      default:
        this.apply({ type: 'frame', newestAt: 'rows' in frame ? newest(frame.rows) : null });
        this.figures.take(frame);
        this.take(frame, send);
        if ('t' in frame && frame.t !== null && this.store.replay.peek() !== null && this.isShown(frame)) {
          this.apply({ type: 'clock', t: frame.t });
          this.shows({ at: frame.t });
        }
    }
  }

  /** Whether a frame tells of a snapshot that was asked for, and not of the time before. */
  private isShown(frame: Chained): boolean {
    return chainNames.some((name) => this.chains[name].seq !== null && frame.id === subscriptionId(this.chains[name]));
  }

  private shows(told: { readonly at: number; readonly ended?: boolean }): void {
    const { replay } = this.store;
    const known = replay.peek();
    // A heartbeat or a frame of the present may still be under way.
    if (known !== null && told.at < this.store.present.peek() - 1000) replay.value = { ...known, ...told };
  }

  /** After a new connection the past goes on where it was. */
  private replayAgain(send: Send): void {
    const replay = this.store.replay.peek();
    if (replay === null) return;
    send({ type: 'replay', from: new Date(replay.at ?? replay.from).toISOString(), speed: replay.speed });
    if (replay.paused) send({ type: 'pause' });
  }

  private begin(send: Send): void {
    for (const name of chainNames) {
      if (name === 'view' && this.chains.view.question.view === undefined) continue;
      const { chain, send: frames } = goOn(this.chains[name]);
      this.chains[name] = chain;
      for (const frame of frames) send(frame);
    }
  }

  private resume(): ResumeFrom | null {
    if (this.epoch === null || this.store.replay.peek() !== null) return null;
    const whole = Object.values(this.chains).filter((chain) => chain.whole && chain.seq !== null);
    const pos = Object.fromEntries(whole.map((chain) => [subscriptionId(chain), chain.seq ?? 0]));
    return whole.length === 0 ? null : { epoch: this.epoch, pos };
  }

  private take(frame: Chained, send: Send): void {
    for (const name of chainNames) {
      if (frame.type === 'reset' && frame.why === 'replay' && frame.id === subscriptionId(this.chains[name])) this.forgetTime(name);
      const step = follow(this.chains[name], frame);
      this.chains[name] = step.chain;
      for (const answer of step.send) send(answer);
      if (!step.accepted) continue;
      if (name === 'alerts') this.takeAlerts(frame);
      else this.takeState(frame, name);
    }
  }

  /** Alerts go by their versions: one of the present would hide how it was in the past. What is shown of stations the snapshot replaces. */
  private forgetTime(name: ChainName): void {
    if (name !== 'alerts') return;
    this.inbox.clear();
    this.store.alerts.value = unknownAlerts;
  }

  private takeState(frame: Chained, origin: Origin): void {
    const { stations, cells } = this.store;
    if ('cells' in frame) {
      cells.value = applyCells(cells.peek(), frame);
      if (stations.known[origin].size > 0) this.store.publishStations(forget(stations, origin));
      return;
    }
    if (origin === 'view') cells.value = null;
    if (frame.type === 'd' && 'rows' in frame) this.store.publishStations(applyDelta(stations, frame, origin));
    if (frame.type === 'snap' && 'rows' in frame) this.store.publishStations(applySnapshot(stations, frame, origin));
  }

  private takeAlerts(frame: Chained): void {
    const { alerts } = this.store;
    if (frame.type === 'ev') this.inbox.put(frame.alert);
    if (frame.type !== 'snap' || !('alerts' in frame)) return;
    this.inbox.flush();
    alerts.value = applyAlertSnapshot(alerts.value, frame);
  }
}

function newest(rows: readonly StateRow[]): number | null {
  let latest: number | null = null;
  for (const { t } of rows) if (t !== null && (latest === null || t > latest)) latest = t;
  return latest;
}
