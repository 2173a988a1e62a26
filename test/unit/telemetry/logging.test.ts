import assert from 'node:assert/strict';
import { it } from 'node:test';
import { WorkerError } from '../../../src/engine/errors.ts';
import { createLogging } from '../../../src/telemetry/logging.ts';
import type { LogLevel } from '../../../src/telemetry/logging.ts';

function recordingLogging(level: LogLevel = 'info') {
  const lines: string[] = [];
  const logging = createLogging({
    level,
    bindings: { worker: 'w-1' },
    isPretty: false,
    secrets: ['known-secret-value'],
    destination: { write: (line: string) => void lines.push(line) },
  });
  return { ...logging, parsed: () => lines.map((line) => JSON.parse(line)), text: () => lines.join('') };
}

it('writes JSON lines with level, time, worker and message', () => {
  const { logger, parsed } = recordingLogging();
  logger.info({ partition: '3' }, 'hello');
  const [{ time, ...line }] = parsed();
  assert.deepEqual(line, { level: 'info', worker: 'w-1', partition: '3', msg: 'hello' });
  assert.match(time, /^\d{4}-\d\d-\d\dT.*Z$/);
});

it('obeys the level', () => {
  const { logger, parsed } = recordingLogging('warn');
  logger.info('no');
  logger.warn('yes');
  assert.deepEqual(
    parsed().map(({ msg }) => msg),
    ['yes'],
  );
});

it('takes secrets out of messages, details, errors, their causes and stacks', () => {
  const { logger, handlerLog, text } = recordingLogging();
  const cause = new Error('Endpoint=sb://ns/;SharedAccessKeyName=Root;SharedAccessKey=SECRET=');
  const error = new Error('GET https://a/b?sig=SECRET failed', { cause });
  logger.error({ err: error }, `failed: ${error.message}`);
  handlerLog('1').warn('known-secret-value', {
    deep: { list: ['known-secret-value'], password: 'SECRET' },
    error,
  });
  assert.doesNotMatch(text(), /SECRET|known-secret-value/);
  assert.match(text(), /SharedAccessKeyName=Root/);
});

it("gives a handler's lines their partition, and takes any details", () => {
  const { handlerLog, parsed } = recordingLogging();
  const circular: Record<string, unknown> = { big: 10n };
  circular['self'] = circular;
  handlerLog('5').info('odd details', circular);
  handlerLog('5').error('plain');
  const [odd, plain] = parsed();
  assert.deepEqual([odd.partition, odd.source, odd.msg], ['5', 'handler', 'odd details']);
  assert.deepEqual([plain.partition, plain.level], ['5', 'error']);
});

it('shows the code and causes of an error of ours, and the stack of any other without a code', () => {
  const { logger, parsed } = recordingLogging();
  const cause = new Error('socket hang up');
  logger.warn({ err: new WorkerError('EHW_STORAGE_FAILED', { reason: 'x' }, { cause }) }, 'a');
  logger.warn({ err: new TypeError('undefined is not a function') }, 'b');
  logger.warn({ err: 'thrown text' }, 'c');
  const [ours, theirs, text] = parsed();
  assert.deepEqual(ours.err, {
    name: 'WorkerError',
    message: 'Blob Storage answered with an error: x.',
    code: 'EHW_STORAGE_FAILED',
    causes: ['socket hang up'],
  });
  assert.match(theirs.err.stack, /logging\.test\.ts/);
  assert.deepEqual(text.err, { name: 'string', message: 'thrown text' });
});
