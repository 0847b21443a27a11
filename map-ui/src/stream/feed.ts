import { batch } from '@preact/signals';
import { applyAlertSnapshot, mergeAlerts } from '../state/alerts';
import { type Chain, type Chained, follow, goOn, subscriptionId } from '../state/chain';
import { type ConnectionEvent, isSilent, reduceConnection } from '../state/connection';
import { applyDelta, applySnapshot } from '../state/stations';
import type { Store } from '../state/store';
import type { ClientFrame, ResumeFrom, ServerFrame, StateRow } from '../wire/types';
import { Commands } from './commands';
import { FigureStreams } from './figures';
import { AlertInbox } from './inbox';
import { StreamSocket } from './socket';

type Send = (frame: ClientFrame) => void;

/** The stream joined to the store: everything of the state and every alert, and the figures that somebody follows. */
export class Feed {
  private state: Chain = { channel: 'state', generation: 0, seq: null, whole: false };
  private alerts: Chain = { channel: 'alerts', generation: 0, seq: null, whole: false };
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
    const state = goOn(this.state);
    const alerts = goOn(this.alerts);
    this.state = state.chain;
    this.alerts = alerts.chain;
    for (const frame of [...alerts.send, ...state.send]) send(frame);
  }

  private resume(): ResumeFrom | null {
    if (this.epoch === null) return null;
    const whole = [this.state, this.alerts].filter((chain) => chain.whole && chain.seq !== null);
    const pos = Object.fromEntries(whole.map((chain) => [subscriptionId(chain), chain.seq ?? 0]));
    return whole.length === 0 ? null : { epoch: this.epoch, pos };
  }

  private take(frame: Chained, send: Send): void {
    const ofState = follow(this.state, frame);
    const ofAlerts = follow(this.alerts, frame);
    this.state = ofState.chain;
    this.alerts = ofAlerts.chain;
    for (const answer of [...ofState.send, ...ofAlerts.send]) send(answer);
    if (ofState.accepted) this.takeState(frame);
    if (ofAlerts.accepted) this.takeAlerts(frame);
  }

  private takeState(frame: Chained): void {
    const { stations } = this.store;
    if (frame.type === 'd' && 'rows' in frame) this.store.publishStations(applyDelta(stations, frame));
    if (frame.type === 'snap' && 'rows' in frame) this.store.publishStations(applySnapshot(stations, frame));
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
