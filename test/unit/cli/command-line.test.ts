import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { describeFailure } from '../../../src/cli/failure.ts';
import { orPortTaken } from '../../../src/cli/listening.ts';
import { WorkerError } from '../../../src/engine/errors.ts';
import { workerEnvironment } from '../../support/worker-environment.ts';

describe('the command line', () => {
  it('lists every command without loading one', async () => {
    const { exitCode, out } = await run(['--help']);
    assert.equal(exitCode, 0);
    for (const name of ['local', 'run', 'emulator', 'config']) assert.match(out, new RegExp(`\\n  ${name} `));
  });

  it('exits 2 for an unknown command, an unknown option and no command at all', async () => {
    assert.equal((await run(['walk'])).exitCode, 2);
    assert.equal((await run(['config', '--loud'])).exitCode, 2);
    assert.equal((await run([])).exitCode, 2);
  });

  it('refuses an emulator whose data directory is to be compacted, as a fault of the command line', async () => {
    const { exitCode, error } = await run(['emulator', '--data', 'unused', '--compact-every-events', '10']);
    assert.equal(exitCode, 2);
    assert.match(error, /--compact-every-events without it/);
  });

  it('exits 2 for a bad option value and says what is allowed', async () => {
    const { exitCode, error } = await run(['emulator', '--hub', 'orders']);
    assert.equal(exitCode, 2);
    assert.match(error, /Allowed: a name, a colon and 1 to 1024 partitions/);
  });

  it('exits 2 with every problem of the configuration', async () => {
    const { exitCode, error } = await run(['config', '--check'], { LEASE_MS: 'x' });
    assert.equal(exitCode, 2);
    assert.match(error, /^eventhub-worker: EHW_BAD_CONFIGURATION: .*\n {2}LEASE_MS is "x"/);
  });

  it('exits 2 for a handler that cannot be used', async () => {
    const { exitCode, error } = await run(['config', '--check'], { HANDLER: './nothing.ts' });
    assert.equal(exitCode, 2);
    assert.match(error, /EHW_BAD_HANDLER: HANDLER \.\/nothing\.ts cannot be used: there is no file/);
  });

  it('prints the effective configuration as a table and as JSON, without secrets', async () => {
    const table = await run(['config']);
    assert.equal(table.exitCode, 0);
    assert.match(table.out, /\n {2}CONCURRENCY +64 calls {2}\(default\)/);
    const json = await run(['--log-level', 'debug', 'config', '--json']);
    const settings: unknown = JSON.parse(json.out);
    assert.ok(Array.isArray(settings));
    assert.match(json.out, /"LOG_LEVEL",\s+"group": "Log",\s+"value": "debug",\s+"origin": "command line"/);
    assert.doesNotMatch(table.out + json.out, /c2VjcmV0|c3RvcmFn/);
  });

  it('warns of a misspelt variable', async () => {
    const { error } = await run(['config'], { CHECKPOINT_EVERY_EVENT: '1' });
    assert.match(
      error,
      /CHECKPOINT_EVERY_EVENT is not a variable of this program; CHECKPOINT_EVERY_EVENTS is/,
    );
  });
});

describe('a secret of the environment', () => {
  const key = 'bWFya2VyLW9mLWEta2V5LXRoYXQtbm9ib2R5LXByaW50cw==';
  const env = {
    ...workerEnvironment,
    EVENTHUB_CONNECTION_STRING: `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=${key}`,
    HTTPS_PROXY: 'http://me:proxy-password@proxy.local:3128',
  };

  it('is in no words of a failure, whoever wrote them, with the code path and without', async () => {
    for (const args of [['config'], ['--log-level', 'debug', 'config']]) {
      const failures = new EventEmitter();
      let output = '';
      const ended = runCommandLine(args, {
        env,
        writeOut: (text) => (output += text),
        writeError: (text) => (output += text),
        isTerminal: false,
        failures,
      });
      const quoting = new Error(`the entity path in "${env.EVENTHUB_CONNECTION_STRING}" does not match`, {
        cause: new Error(`sr=x&sig=${encodeURIComponent(key)} by way of ${env.HTTPS_PROXY}`),
      });
      failures.emit('uncaughtException', quoting);
      assert.equal(await ended, 1);
      assert.match(output, /unexpected failure: the entity path in/);
      assert.doesNotMatch(output, /bWFya2Vy|proxy-password/);
    }
  });

  it('is in no result either, though words of the user that merely look like one are left as they are', async () => {
    const { out } = await run(['config', '--json'], env);
    assert.doesNotMatch(out, /bWFya2Vy|proxy-password/);
  });
});

describe('a failure', () => {
  it('is one line of what to do, without a stack', () => {
    const { text, exitCode } = describeFailure(
      new WorkerError('EHW_CONTAINER_NOT_FOUND', { container: 'c', variable: 'CHECKPOINT_CONTAINER' }),
      false,
    );
    assert.equal(exitCode, 1);
    assert.equal(text.split('\n').length, 1);
    assert.match(
      text,
      /^eventhub-worker: EHW_CONTAINER_NOT_FOUND: The storage account has no container named c/,
    );
  });

  it('shows the code path and what lay beneath when debugging', () => {
    const { text } = describeFailure(new Error('outer', { cause: new Error('inner') }), true);
    assert.match(text, /unexpected failure: outer\nError: outer\n +at .*\ncaused by Error: inner\n +at /s);
  });

  it('says how to see more of an unknown error', () => {
    assert.equal(
      describeFailure(new TypeError('x'), false).text,
      'eventhub-worker: unexpected failure: x (--log-level debug shows where)',
    );
  });
});

describe('a port that cannot be had', () => {
  const wanted = { host: '127.0.0.1', port: 8080, variable: 'HTTP_PORT' };

  it('is told with its number and the variable that changes it', async () => {
    const taken = Object.assign(new Error('listen'), { code: 'EADDRINUSE' });
    await assert.rejects(orPortTaken(Promise.reject(taken), wanted), {
      code: 'EHW_PORT_TAKEN',
      message: /Port 8080 on 127\.0\.0\.1 is taken\. Set HTTP_PORT/,
    });
  });

  it('is not what every failure is told as', async () => {
    const other = new Error('other');
    await assert.rejects(orPortTaken(Promise.reject(other), wanted), other);
  });
});

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  let out = '';
  let error = '';
  const exitCode = await runCommandLine(args, {
    env: { ...workerEnvironment, ...env },
    writeOut: (text) => (out += text),
    writeError: (text) => (error += text),
    isTerminal: false,
    failures: new EventEmitter(),
  });
  return { exitCode, out, error };
}
