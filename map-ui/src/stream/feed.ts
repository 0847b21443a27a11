import { batch } from '@preact/signals';
import { applyAlertSnapshot, mergeAlerts } from '../state/alerts';
import { applyCells } from '../state/cells';
import { type Chain, type Chained, follow, goOn, look, newChain, subscribe, subscriptionId } from '../state/chain';
import { type ConnectionEvent, isSilent, isUp, reduceConnection } from '../state/connection';
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
    const { chain, send } = look(this.chains.view, view);
    const up = isUp(this.store.connection.peek());
    const isNew = this.chains.view.generation === 0;
    const begun = isNew && up ? subscribe(chain, false) : { chain, send: isNew ? [] : send };
    this.chains.view = begun.chain;
    if (up) for (const frame of begun.send) this.socket.send(frame);
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
        this.commands.resend();
        return;
      case 'hb':
        this.apply({ type: 'heartbeat', t: frame.t, lagMs: frame.lagMs, degraded: frame.degraded });
        return;
      case 'err':
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
    }
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
    if (this.epoch === null) return null;
    const whole = Object.values(this.chains).filter((chain) => chain.whole && chain.seq !== null);
    const pos = Object.fromEntries(whole.map((chain) => [subscriptionId(chain), chain.seq ?? 0]));
    return whole.length === 0 ? null : { epoch: this.epoch, pos };
  }

  private take(frame: Chained, send: Send): void {
    for (const name of chainNames) {
      const step = follow(this.chains[name], frame);
      this.chains[name] = step.chain;
      for (const answer of step.send) send(answer);
      if (!step.accepted) continue;
      if (name === 'alerts') this.takeAlerts(frame);
      else this.takeState(frame, name);
    }
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
