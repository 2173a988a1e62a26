// The way through an HTTP proxy (CONNECT) for AMQP over WebSockets. Storage and sign-in have theirs in the SDK's pipeline, of
// the same library.

import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { reasonOf, WorkerError } from '../engine/errors.ts';

export interface ProxyAddress {
  /** With name and password where it wants them. */
  readonly url: string;
  /** As people may see it. */
  readonly shown: string;
}

type ConnectOptions = Parameters<HttpsProxyAgent<string>['connect']>[1];

/** Fails with EHW_PROXY_FAILED: what lies behind the proxy is not to blame. */
export class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #shown: string;

  constructor({ url, shown }: ProxyAddress) {
    super(url);
    this.#shown = shown;
  }

  override async connect(request: ClientRequest, options: ConnectOptions): Promise<Socket> {
    let answer: { readonly statusCode: number; readonly statusText: string } | undefined;
    request.once('proxyConnect', (given: { statusCode: number; statusText: string }) => {
      answer = given;
    });
    let socket: Socket;
    try {
      socket = await super.connect(request, options);
    } catch (cause) {
      throw this.#failure(`cannot be reached: ${reasonOf(cause)}`, cause);
    }
    if (answer?.statusCode === 200) return socket;
    socket.destroy();
    const { statusCode = 0, statusText = '' } = answer ?? {};
    throw this.#failure(`answered ${String(statusCode)} ${statusText}`.trim());
  }

  /** Retryable, as any other failure to connect: the SDK tries again. */
  #failure(reason: string, cause?: unknown): WorkerError {
    return new WorkerError('EHW_PROXY_FAILED', { proxy: this.#shown, reason }, { cause });
  }
}
