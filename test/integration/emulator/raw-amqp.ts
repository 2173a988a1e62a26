// A bare AMQP client on rhea for what the SDKs cannot reach: exact types, wrong frames, links without tokens.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import rhea from 'rhea';
import type { Connection, Dictionary, EventContext, Receiver, Sender, Session } from 'rhea';

export interface ConnectionDetails {
  readonly host: string;
  readonly port: number;
  readonly keyName: string;
  readonly key: string;
}

export function detailsOf(connectionString: string): ConnectionDetails {
  const field = (name: string): string => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? '';
  const endpoint = new URL(field('Endpoint').replace('sb:', 'http:'));
  return {
    host: endpoint.hostname,
    port: Number(endpoint.port || 5672),
    keyName: field('SharedAccessKeyName'),
    key: field('SharedAccessKey'),
  };
}

export interface RawAnswer {
  readonly correlation_id?: unknown;
  readonly application_properties: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export class RawClient {
  readonly connection: Connection;
  readonly details: ConnectionDetails;

  readonly #windowFrames: number | undefined;

  private constructor(connection: Connection, details: ConnectionDetails, windowFrames: number | undefined) {
    this.connection = connection;
    this.details = details;
    this.#windowFrames = windowFrames;
  }

  /**
   * `windowFrames`: how many transfer frames a session takes before they are settled; rhea's default is 2,048. `hostname`:
   * the name by which the emulator is meant.
   */
  static async open(connectionString: string, windowFrames?: number, hostname?: string): Promise<RawClient> {
    const details = detailsOf(connectionString);
    const connection = rhea.create_container().connect({
      host: details.host,
      port: details.port,
      username: 'raw',
      ...(hostname === undefined ? {} : { hostname }),
      reconnect: false,
    });
    for (const event of [
      'disconnected',
      'error',
      'connection_error',
      'session_error',
      'sender_error',
      'receiver_error',
    ]) {
      connection.on(event, () => undefined);
    }
    await once(connection, 'connection_open');
    return new RawClient(connection, details, windowFrames);
  }

  get socket(): Socket {
    return this.connection['socket'] as Socket;
  }

  session(): Session {
    const size = this.#windowFrames;
    const session = this.connection.create_session(size === undefined ? undefined : { incoming: size });
    session.begin();
    return session;
  }

  /** Sends one request and waits for its answer, each on a session of its own. */
  async request(
    node: string,
    request: object,
    replyTo: 'link name' | 'target address' = 'link name',
  ): Promise<RawAnswer> {
    const session = this.session();
    const name = `reply-${Math.random()}`;
    const isByName = replyTo === 'link name';
    const replies = session.attach_receiver({
      source: node,
      ...(isByName ? { name } : { target: { address: name } }),
    });
    const requests = session.attach_sender({ target: node });
    await once(requests, 'sendable');
    requests.send({ message_id: 'request-1', reply_to: name, body: undefined, ...request });
    const [{ message }] = (await once(replies, 'message')) as [EventContext];
    session.close();
    // rhea writes a new session's frames before an old one's end: the next request would be a second link of the node.
    await once(session, 'session_close');
    return message as unknown as RawAnswer;
  }

  async putToken(
    path: string,
    change: Partial<{
      key: string;
      keyName: string;
      seconds: number;
      resource: string;
      audience: string;
    }> = {},
  ): Promise<RawAnswer> {
    const { host, port, keyName, key } = { ...this.details, ...change };
    const audience = change.audience ?? `sb://${host}:${port}/${path}`;
    const resource = encodeURIComponent(change.resource ?? audience);
    const expiry = String(Math.floor(Date.now() / 1000) + (change.seconds ?? 3600));
    const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64');
    return await this.request('$cbs', {
      application_properties: {
        operation: 'put-token',
        type: 'servicebus.windows.net:sastoken',
        name: audience,
      },
      body: `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${keyName}`,
    });
  }

  /** Attaches a receiver and waits for its answer; it has no credit yet. */
  async receiver(address: string, options: object = {}, filter?: string): Promise<Receiver> {
    const filters: Dictionary<unknown> = {};
    if (filter !== undefined) {
      filters['apache.org:selector-filter:string'] = rhea.types.wrap_described(filter, 0x468c00000004);
    }
    const receiver = this.session().attach_receiver({
      source: { address, filter: filters },
      credit_window: 0,
      autoaccept: true,
      ...options,
    });
    await once(receiver, 'receiver_open');
    return receiver;
  }

  async sender(address: string, options: object = {}): Promise<Sender> {
    const sender = this.session().attach_sender({ target: address, ...options });
    await once(sender, 'sender_open');
    return sender;
  }

  close(): void {
    this.socket.destroy();
    // rhea hears nothing of a destroyed socket and would keep its timers.
    (this.connection as unknown as { eof(): void }).eof();
  }
}

/** The error a link is detached with. */
export async function detachError(
  link: Receiver | Sender,
): Promise<{ condition: string; description: string }> {
  if (link.error === undefined || link.error === null) {
    await once(link, link.is_receiver() ? 'receiver_close' : 'sender_close');
  }
  const { condition = '', description = '' } = (link.error ?? {}) as {
    condition?: string;
    description?: string;
  };
  return { condition, description };
}
