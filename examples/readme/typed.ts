import { defineHandler } from 'eventhub-worker';
import { z } from 'zod';

export default defineHandler({
  // Any Standard Schema. What does not fit becomes a dead letter that says why; the function never sees it.
  schema: z.object({ device: z.string(), celsius: z.number() }),

  onEvent(event, context) {
    const { device, celsius } = event.data; // string, number
    if (celsius > 80) context.log.warn('too hot', { device, celsius });
  },
});
