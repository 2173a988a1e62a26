// The handler the chaos workers run (HANDLER=<this file>): waits as told and writes start and end of each run to the
// history file of its process. It obeys its signal, as a good handler does, unless told otherwise.
//
// CHAOS_HISTORY_FILE  where the history goes
// CHAOS_HANDLER_MS    mean duration of one run; each run takes between half and one and a half of it (default 50)
// CHAOS_IGNORE_SIGNAL 1: runs on whatever its signal says
// CHAOS_FAIL_SHARE    share of the runs that fail and are retried (default 0)
import { setTimeout as delay } from 'node:timers/promises';
import { defineHandler } from '../../src/index.ts';
import type { WorkerEvent } from '../../src/index.ts';
import { HistoryFile } from '../support/history-file.ts';
import { monotonicMs } from './monotonic-time.ts';

const historyPath = process.env['CHAOS_HISTORY_FILE'];
if (historyPath === undefined) throw new Error('CHAOS_HISTORY_FILE names the file the history goes to.');
const history = new HistoryFile(historyPath);
const workerId = process.env['WORKER_ID'] ?? 'unnamed';
const handlerMs = Number(process.env['CHAOS_HANDLER_MS'] ?? '50');
const ignoresSignal = process.env['CHAOS_IGNORE_SIGNAL'] === '1';
const failShare = Number(process.env['CHAOS_FAIL_SHARE'] ?? '0');

/** The load generator fills whole batches per partition, so it cannot use partition keys: its key is a property. */
function orderingKeyOf(event: WorkerEvent): string | undefined {
  const key = event.properties['key'];
  return typeof key === 'string' ? key : event.partitionKey;
}

export default defineHandler({
  key: orderingKeyOf,
  async onEvent(event, context) {
    const run = {
      workerId,
      pid: process.pid,
      partitionId: event.partitionId,
      sequenceNumber: event.sequenceNumber,
      key: orderingKeyOf(event) ?? '',
      attempt: context.attempt,
      eventId: event.messageId ?? '',
    };
    history.append({ ...run, kind: 'start', atMs: monotonicMs() });
    try {
      if (handlerMs > 0)
        await delay(
          handlerMs * (0.5 + Math.random()),
          undefined,
          ignoresSignal ? {} : { signal: context.signal },
        );
    } catch (error) {
      history.append({ ...run, kind: 'end', atMs: monotonicMs(), outcome: 'aborted' });
      throw error;
    }
    if (Math.random() < failShare) {
      history.append({ ...run, kind: 'end', atMs: monotonicMs(), outcome: 'failed' });
      throw new Error('A failure made on purpose.');
    }
    history.append({ ...run, kind: 'end', atMs: monotonicMs(), outcome: 'ok' });
  },
  stop() {
    history.close();
  },
});
