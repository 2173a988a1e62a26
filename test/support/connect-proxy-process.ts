// An HTTP proxy that knows CONNECT alone, as a process of its own: started by connect-proxy.ts, ends with its parent.
//
//   node connect-proxy-process.ts <user:password or nothing> <status to refuse with or nothing>

import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';

const [userinfo = '', refusal = ''] = process.argv.slice(2);
const wanted = `Basic ${Buffer.from(userinfo).toString('base64')}`;

const server = createServer((_, response) => {
  response.writeHead(405).end();
});
server.on('connect', (request, client, head) => {
  const target = request.url ?? '';
  const isAllowed = userinfo === '' || request.headers['proxy-authorization'] === wanted;
  process.send?.({ target, isAllowed });
  client.on('error', () => client.destroy());
  if (!isAllowed) {
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
    return;
  }
  if (refusal !== '') {
    client.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
    return;
  }
  const colon = target.lastIndexOf(':');
  // A name that only the proxy's network knows: everything under .example is this machine.
  const host = target.slice(0, colon).replace(/^.*\.example$/, '127.0.0.1');
  const upstream = connect(Number(target.slice(colon + 1)), host, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
  });
  upstream.on('error', () => client.destroy());
  client.on('close', () => upstream.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address: AddressInfo | string | null = server.address();
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
process.once('disconnect', () => process.exit());
