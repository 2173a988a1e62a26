// A TCP proxy for fault tests: cuts (RST), freezes (half-open: nothing is forwarded and nobody is told), delays and
// refuses, for all connections or for one. It knows nothing of what it carries.
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

/** What happens to connections: `frozen` is a network that swallows packets, `refusing` one that answers with RST. */
export type ProxyMode = 'forwarding' | 'frozen' | 'refusing';

/** Bytes waiting out a delay in one direction before the sender is paused. */
const maxDelayedBytes = 1024 * 1024;

export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #connections: Set<ProxiedConnection>;
  readonly #state: ProxyState;

  private constructor(server: Server, port: number, connections: Set<ProxiedConnection>, state: ProxyState) {
    this.#server = server;
    this.port = port;
    this.#connections = connections;
    this.#state = state;
  }

  /** Listens on 127.0.0.1 and an ephemeral port (or `port`). */
  static async start(target: TcpTarget, port = 0): Promise<TcpProxy> {
    const connections = new Set<ProxiedConnection>();
    const state: ProxyState = { mode: 'forwarding', delayMs: 0, target };
    const server = createServer({ allowHalfOpen: true }, (client) => {
      if (state.mode === 'refusing') {
        client.on('error', () => undefined);
        client.resetAndDestroy();
        return;
      }
      const connection = new ProxiedConnection(client, state.target, state);
      connections.add(connection);
      void connection.closed.then(() => connections.delete(connection));
      if (state.mode === 'frozen') connection.freeze();
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no TCP address.');
    return new TcpProxy(server, address.port, connections, state);
  }

  get connections(): readonly ProxiedConnection[] {
    return [...this.#connections];
  }

  get mode(): ProxyMode {
    return this.#state.mode;
  }

  /** Resets every live connection on both sides; new ones are treated by the mode as before. */
  cut(): void {
    for (const connection of this.#connections) connection.cut();
  }

  /** Live and new connections stay open and carry nothing: neither side learns anything, not even of a FIN. */
  freeze(): void {
    this.#state.mode = 'frozen';
    for (const connection of this.#connections) connection.freeze();
  }

  /** Live connections are reset and new ones too. */
  refuse(): void {
    this.#state.mode = 'refusing';
    this.cut();
  }

  /** Back to forwarding. What a frozen connection held back is delivered now, as after a healed network. */
  restore(): void {
    this.#state.mode = 'forwarding';
    for (const connection of this.#connections) connection.thaw();
  }

  /** Every chunk from now on takes that much longer, in each direction; order is kept. */
  delay(delayMs: number): void {
    this.#state.delayMs = delayMs;
  }

  /** New connections go there; live ones stay where they are. */
  retarget(target: TcpTarget): void {
    this.#state.target = target;
  }

  async close(): Promise<void> {
    this.#state.mode = 'refusing';
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

interface ProxyState {
  mode: ProxyMode;
  delayMs: number;
  target: TcpTarget;
}

/** One client with its own connection to the target. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #pipes: readonly DelayedPipe[];
  readonly #closed: Promise<void>;

  constructor(client: Socket, target: TcpTarget, state: Readonly<ProxyState>) {
    this.#client = client;
    this.#upstream = connect({ host: target.host, port: target.port, allowHalfOpen: true });
    client.setNoDelay(true);
    this.#upstream.setNoDelay(true);
    this.#pipes = [
      new DelayedPipe(client, this.#upstream, state),
      new DelayedPipe(this.#upstream, client, state),
    ];
    const ends = [client, this.#upstream].map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on('error', () => this.cut());
          socket.once('close', () => resolve());
        }),
    );
    this.#closed = Promise.all(ends).then(() => undefined);
  }

  cut(): void {
    reset(this.#client);
    reset(this.#upstream);
  }

  freeze(): void {
    for (const pipe of this.#pipes) pipe.freeze();
  }

  thaw(): void {
    for (const pipe of this.#pipes) pipe.thaw();
  }

  /** Settles when both sockets are gone. */
  get closed(): Promise<void> {
    return this.#closed;
  }
}

/** A socket that is still connecting, or whose FIN is on its way, cannot be reset (its handle would stay for ever): it is just dropped. */
function reset(socket: Socket): void {
  if (socket.connecting || socket.writableEnded || socket.destroyed) socket.destroy();
  else socket.resetAndDestroy();
}

/** One direction. Frozen, it does not even read, so that the sender's own buffers fill up as on a dead network. */
class DelayedPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #state: Readonly<ProxyState>;
  readonly #waiting: { readonly dueMs: number; readonly action: () => void }[] = [];
  #isFrozen = false;
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, state: Readonly<ProxyState>) {
    this.#from = from;
    this.#to = to;
    this.#state = state;
    from.on('data', (chunk: Buffer) => {
      this.#waitingBytes += chunk.length;
      this.#enqueue(() => {
        this.#waitingBytes -= chunk.length;
        if (!to.destroyed) to.write(chunk);
      });
    });
    from.once('end', () => this.#enqueue(() => to.end()));
    from.once('close', () => clearTimeout(this.#timer));
    to.on('drain', () => this.#steer());
  }

  freeze(): void {
    this.#isFrozen = true;
    this.#steer();
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#forwardDue();
  }

  #enqueue(action: () => void): void {
    this.#waiting.push({ dueMs: performance.now() + this.#state.delayMs, action });
    this.#forwardDue();
  }

  /** One queue and one timer: two timers of different length could overtake each other. */
  #forwardDue(): void {
    clearTimeout(this.#timer);
    while (!this.#isFrozen) {
      const head = this.#waiting[0];
      if (head === undefined) break;
      const leftMs = head.dueMs - performance.now();
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.#forwardDue(), Math.ceil(leftMs));
        break;
      }
      this.#waiting.shift();
      head.action();
    }
    this.#steer();
  }

  /** Reads while there is room and no freeze. */
  #steer(): void {
    const mayRead = !this.#isFrozen && this.#waitingBytes < maxDelayedBytes && !this.#to.writableNeedDrain;
    if (mayRead) this.#from.resume();
    else this.#from.pause();
  }
}
