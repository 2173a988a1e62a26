// Typed data: a schema (here zod; any Standard Schema works) gives `event.data` its type. An event that does not fit never
// reaches the function: it becomes a dead letter that names what is wrong with it.
//
//   HANDLER=examples/thermostat-typed.ts eventhub-worker run

import { z } from 'zod';
import { defineHandler } from 'eventhub-worker';

const reading = z.object({
  device: z.string().min(1),
  celsius: z.number(),
  takenAt: z.iso.datetime().transform((text) => new Date(text)),
});

export function thermostat(limitCelsius: number) {
  return defineHandler({
    schema: reading,

    // Readings of one device one after another, whatever partition key their sender chose. The key is asked for before
    // the schema is applied: `event.data` is still unknown here.
    key: (event) => reading.shape.device.safeParse(event.properties['device']).data,

    onEvent(event, context) {
      const { device, celsius, takenAt } = event.data; // string, number, Date
      if (celsius < -273.15) {
        context.deadLetter(`${device} reports ${celsius} C, below absolute zero`);
        return;
      }
      if (celsius > limitCelsius) {
        context.log.warn('too hot', { device, celsius, minute: takenAt.toISOString().slice(0, 16) });
      }
    },
  });
}

export default thermostat(80);
