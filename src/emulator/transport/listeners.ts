/** Every listener of one emulator: all of them, or none when one port cannot be had. */
import type { Duplex } from 'node:stream';
import { listenHealth } from '../control/health.ts';
import type { EmulatorOptions } from '../options.ts';
import { listenPlain, listenTls, listenWebSockets } from './listener.ts';
import type { Listener } from './listener.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';
import type { Certificate } from './self-signed-certificate.ts';

export interface Listeners {
  readonly plain: Listener;
  readonly tls: Listener | undefined;
  readonly webSockets: Listener | undefined;
  readonly control: Listener | undefined;
  readonly health: Listener | undefined;
  readonly certificate: Certificate | undefined;
  close(): Promise<void>;
}

/** `openControl` is called when the options want a control port. */
export async function openListeners(
  host: string,
  options: EmulatorOptions,
  onStream: (stream: Duplex) => void,
  openControl: (port: number) => Promise<Listener>,
): Promise<Listeners> {
  const { tls, webSockets, control, health } = options;
  const certificate = certificateFor(host, options);
  const opened: Listener[] = [];
  const open = async (listener: Promise<Listener>): Promise<Listener> => {
    opened.push(await listener);
    return await listener;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((listener) => listener.close()));
  };
  try {
    return {
      certificate,
      plain: await open(listenPlain(host, options.port ?? 0, onStream)),
      tls: tls && certificate && (await open(listenTls(host, tls.port, certificate, onStream))),
      webSockets:
        webSockets && certificate && (await open(listenWebSockets(host, webSockets, certificate, onStream))),
      control: control && (await open(openControl(control.port))),
      // Last: who asks for the health is answered when all others listen.
      health: health && (await open(listenHealth(host, health.port))),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function certificateFor(host: string, options: EmulatorOptions): Certificate | undefined {
  const { tls, webSockets, certificate, namespaces = [] } = options;
  if (tls === undefined && webSockets === undefined) return undefined;
  if (certificate !== undefined) return certificate;
  const hosts = namespaces.map(({ hostName }) => hostName);
  return selfSignedCertificate([...new Set(['localhost', '127.0.0.1', '::1', host, ...hosts])], Date.now());
}
