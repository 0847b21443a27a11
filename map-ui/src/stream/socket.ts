import type { ConnectionEvent } from '../state/connection';
import { decodeFrame } from '../wire/frame';
import { WireError } from '../wire/guard';
import type { ClientFrame, ResumeFrom, ServerFrame } from '../wire/types';
import { retryDelay } from './backoff';

const closeWhoAreYou = 4401;
const closeNotAllowed = 4403;

export interface SocketOptions {
  readonly url: string;
  /** The key to present in `hello`, asked anew for every connection. */
  readonly token: () => string | null;
  /** Up to where the last connection has told, asked anew for every connection; null where nothing is whole. */
  readonly resume?: () => ResumeFrom | null;
  readonly onEvent: (event: ConnectionEvent) => void;
  readonly onFrame: (frame: ServerFrame, send: (frame: ClientFrame) => void) => void;
}

/** One stream that keeps itself connected: hello, pong, back-off between attempts, and the service's wishes in `bye`. */
export class StreamSocket {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private askedMs = 0;

  constructor(private readonly options: SocketOptions) {}

  connect(): void {
    this.drop();
    this.options.onEvent({ type: 'connecting' });
    const socket = new WebSocket(this.options.url, 'ioc.v1');
    this.socket = socket;
    socket.onopen = () => {
      const token = this.options.token();
      const resume = this.options.resume?.() ?? null;
      this.send({ type: 'hello', ...(token === null ? {} : { token }), ...(resume === null ? {} : { resume }) });
    };
    socket.onmessage = (message) => this.receive(String(message.data));
    socket.onclose = (close) => this.closed(close.code);
  }

  /** Connect at once instead of waiting for the next attempt; without effect while connected. */
  retryNow(): void {
    if (this.socket === null) this.connect();
  }

  /** Give up a connection that has fallen silent and begin another. */
  abandon(): void {
    if (this.socket === null) return;
    this.drop();
    this.closed(1006);
  }

  close(): void {
    this.drop();
  }

  send(frame: ClientFrame): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private receive(message: string): void {
    let frame: ServerFrame;
    try {
      frame = decodeFrame(message);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // The connection lives, and the operator is told that something is missing.
      this.options.onEvent({ type: 'unreadable', detail: error.message });
      return;
    }
    if (frame.type === 'welcome') this.attempt = 0;
    if (frame.type === 'hb') this.send({ type: 'pong' });
    if (frame.type === 'bye') this.askedMs = frame.afterMs;
    this.options.onFrame(frame, (answer) => this.send(answer));
  }

  private closed(code: number): void {
    this.socket = null;
    if (code === closeWhoAreYou || code === closeNotAllowed) {
      this.options.onEvent({ type: 'refused', reason: code === closeWhoAreYou ? 'key' : 'role' });
      return;
    }
    const delay = retryDelay(this.attempt, this.askedMs, Math.random);
    this.attempt += 1;
    this.askedMs = 0;
    this.options.onEvent({ type: 'closed', retryAt: Date.now() + delay });
    this.timer = setTimeout(() => this.connect(), delay);
  }

  private drop(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }
}
