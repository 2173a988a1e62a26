// The command in a network from which only a proxy gets out: through it, and who is to blame when it does not.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { selfSignedCertificate } from '../../../src/emulator/transport/self-signed-certificate.ts';
import type { Finding } from '../../../src/cli/doctor/check.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { runCommand } from '../../support/processes.ts';
import { doctorFixture, HUB } from './doctor-fixture.ts';

const namespace = 'orders.servicebus.example';

describe('doctor behind a proxy', () => {
  const fixture = doctorFixture();

  async function findings(t: TestContext, proxyUrl: string, emulator: Emulator, certificateFile: string) {
    const { env } = await fixture.stage(t);
    const { output } = await runCommand(t, ['doctor', '--json'], {
      ...env,
      EVENTHUB_CONNECTION_STRING: emulator
        .connectionString()
        .replace(`127.0.0.1:${String(emulator.port)}`, `${namespace}:${String(emulator.webSocketPort)}`),
      EVENTHUB_TRANSPORT: 'websockets',
      HTTPS_PROXY: proxyUrl,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: certificateFile,
    });
    const { checks } = JSON.parse(output.slice(output.indexOf('{'))) as {
      readonly checks: readonly Finding[];
    };
    return (name: string): Finding => {
      const found = checks.find((finding) => finding.name === name);
      assert.ok(found !== undefined, output);
      return found;
    };
  }

  it('tells the way of each host, goes through the proxy, and blames it where it is to blame', async (t) => {
    const certificate = selfSignedCertificate([namespace], Date.now());
    const emulator = await startEmulator({
      port: 0,
      webSockets: { port: 0 },
      certificate,
      hubs: [{ name: HUB, partitionCount: 1 }],
    });
    t.after(() => emulator.close());
    const folder = mkdtempSync(join(tmpdir(), 'eventhub-worker-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    await writeFile(file, certificate.certificatePem);

    const proxy = await startConnectProxy(t, { userinfo: 'me:secret-word' });
    const url = (password: string): string => `http://me:${password}@127.0.0.1:${String(proxy.port)}`;
    const well = await findings(t, url('secret-word'), emulator, file);
    assert.equal(well('proxies').status, 'ok');
    assert.deepEqual(well('proxies').details, {
      [namespace]: `through http://***@127.0.0.1:${String(proxy.port)} (HTTPS_PROXY)`,
      '127.0.0.1': 'directly',
    });
    for (const name of ['network', 'event hub', 'receivers', 'clock']) {
      assert.equal(well(name).status, 'ok', `${name}: ${well(name).message}`);
    }

    const wrong = await findings(t, url('another-word'), emulator, file);
    assert.equal(wrong('network').status, 'failed');
    assert.match(
      wrong('network').message,
      /through http:\/\/\*\*\*@.* \(proxy password: 407 .*user:password@host/,
    );
    assert.doesNotMatch(JSON.stringify(wrong('network')), /another-word|DNS/);

    const strict = await startConnectProxy(t, { refusal: 403 });
    const refused = await findings(t, `http://127.0.0.1:${String(strict.port)}`, emulator, file);
    assert.match(refused('network').message, /\(proxy rule: 403 Refused\): let the proxy pass CONNECT/);

    const gone = await findings(t, 'http://proxy.invalid:3128', emulator, file);
    assert.match(
      gone('network').message,
      /through http:\/\/proxy\.invalid:3128 .*\(proxy: .*check the address of the proxy/,
    );
  });
});
