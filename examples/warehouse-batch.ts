// Many events in one call: readings go into a table, one transaction per batch. The event's idempotency key is the table's
// primary key, so that an event delivered twice is stored once: at-least-once delivery, exactly-once effect.
//
//   WAREHOUSE_FILE=readings.db HANDLER=examples/warehouse-batch.ts eventhub-worker run

import { DatabaseSync } from 'node:sqlite';
import { defineHandler } from 'eventhub-worker';
import type { EventResult, WorkerEvent } from 'eventhub-worker';

export function warehouse(file: string) {
  let database: DatabaseSync | undefined;

  return defineHandler({
    // Called with up to 500 events, or with what has come after 200 ms.
    batch: { maxEvents: 500, maxWaitMs: 200 },

    start() {
      database = new DatabaseSync(file);
      database.exec(`create table if not exists reading (
        id text primary key, sensor text not null, celsius real not null, enqueued_at text not null
      )`);
    },

    stop() {
      database?.close();
    },

    // A throw fails the whole batch: it is cut in halves until the event that cannot be stored is alone.
    onBatch(events, context) {
      if (database === undefined) throw new Error('the warehouse is closed');
      const insert = database.prepare('insert into reading values (?, ?, ?, ?) on conflict (id) do nothing');
      database.exec('begin');
      try {
        const results = events.map((event): EventResult => {
          const reading = readingOf(event);
          if (reading === undefined) return { deadLetter: 'not a reading: { sensor, celsius }' };
          const id = context.idempotencyKey(event);
          insert.run(id, reading.sensor, reading.celsius, event.enqueuedAt.toISOString());
          return { ok: true };
        });
        database.exec('commit');
        return results;
      } catch (error) {
        database.exec('rollback');
        throw error;
      }
    },
  });
}

function readingOf(event: WorkerEvent): { sensor: string; celsius: number } | undefined {
  const { data } = event;
  if (typeof data !== 'object' || data === null || !('sensor' in data) || !('celsius' in data))
    return undefined;
  const { sensor, celsius } = data;
  return typeof sensor === 'string' && typeof celsius === 'number' ? { sensor, celsius } : undefined;
}

export default warehouse(process.env['WAREHOUSE_FILE'] ?? 'readings.db');
