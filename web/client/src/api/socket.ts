// The WebSocket: one connection that comes back by itself and resumes where it was.
//
// The node numbers events and keeps the last of them. After a drop we name the connection and the next
// number; either the node continues there and nothing was lost, or it greets with a new connection id, and
// then everything shown has to be loaded again (`onGap`).
import { root } from './request';

export interface SocketEvent {
  event: string;
  data: Record<string, unknown>;
  broadcast: { channel_id?: string; team_id?: string; user_id?: string };
  seq: number;
}

export interface SocketListener {
  onEvent(event: SocketEvent): void;
  onGap(): void;
  onUp(): void;
  /** `waitMs` until the next attempt. */
  onDown(waitMs: number): void;
}

const ping_ms = 30_000;
const answer_ms = 10_000;
const longest_wait_ms = 30_000;

export const waitBefore = (attempt: number, random = Math.random()) =>
  Math.min(longest_wait_ms, 1000 * 2 ** Math.min(attempt, 5)) * (0.75 + random * 0.5);

export class LiveSocket {
  private socket?: WebSocket;
  private connectionId = '';
  private next = 0;
  private requests = 0;
  private attempt = 0;
  private retryTimer = 0;
  private pingTimer = 0;
  private pongTimer = 0;
  private isClosed = false;
  private readonly wake = () => {
    if (!this.socket) this.open();
    else this.ping();
  };

  constructor(private readonly listener: SocketListener) {}

  start(): void {
    addEventListener('online', this.wake);
    document.addEventListener('visibilitychange', this.onVisible);
    this.open();
  }

  close(): void {
    this.isClosed = true;
    removeEventListener('online', this.wake);
    document.removeEventListener('visibilitychange', this.onVisible);
    clearTimeout(this.retryTimer);
    this.quiet();
    this.socket?.close();
  }

  /** Sent if connected, else forgotten: only for what may be lost. */
  tell(action: string, data: Record<string, unknown>): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ action, seq: ++this.requests, data }));
  }

  /** At once instead of after the wait. */
  retryNow(): void {
    if (!this.socket) this.open();
  }

  private readonly onVisible = () => {
    if (document.visibilityState === 'visible') this.wake();
  };

  private open(): void {
    if (this.isClosed) return;
    clearTimeout(this.retryTimer);
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const resume = this.connectionId
      ? `?connection_id=${this.connectionId}&sequence_number=${this.next}`
      : '';
    const socket = new WebSocket(`${scheme}://${location.host}${root}api/v4/websocket${resume}`);
    this.socket = socket;
    socket.onopen = () => {
      this.attempt = 0;
      this.pingTimer = window.setInterval(() => this.ping(), ping_ms);
      this.listener.onUp();
    };
    socket.onmessage = (message) => {
      if (this.socket === socket) this.take(String(message.data));
    };
    socket.onclose = () => {
      if (this.socket === socket) this.dropped();
    };
  }

  private take(text: string): void {
    clearTimeout(this.pongTimer);
    const message = JSON.parse(text) as SocketEvent & { seq_reply?: number };
    if (message.seq_reply !== undefined || !message.event) return;
    if (message.event === 'hello') {
      const id = String(message.data.connection_id);
      const isGap = this.connectionId !== '' && this.connectionId !== id;
      if (this.connectionId !== id) this.next = message.seq;
      this.connectionId = id;
      if (isGap) this.listener.onGap();
    }
    if (message.seq < this.next) return; // told already
    if (message.seq > this.next) return this.startOver();
    this.next = message.seq + 1;
    this.listener.onEvent(message);
  }

  // An event is missing: what is shown cannot be trusted any more.
  private startOver(): void {
    this.connectionId = '';
    this.next = 0;
    this.socket?.close();
    this.listener.onGap();
  }

  private ping(): void {
    this.tell('ping', {});
    clearTimeout(this.pongTimer);
    this.pongTimer = window.setTimeout(() => {
      const socket = this.socket;
      this.dropped();
      socket?.close();
    }, answer_ms);
  }

  private dropped(): void {
    this.quiet();
    this.socket = undefined;
    if (this.isClosed) return;
    const wait = waitBefore(this.attempt++);
    this.listener.onDown(wait);
    this.retryTimer = window.setTimeout(() => this.open(), wait);
  }

  private quiet(): void {
    clearInterval(this.pingTimer);
    clearTimeout(this.pongTimer);
  }
}
