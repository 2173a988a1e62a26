// What a handler author imports.
//
//   import { defineHandler, PermanentError } from 'eventhub-worker';
//
//   export default defineHandler({
//     async onEvent(event, context) {
//       const order = event.json();
//       if (order === null) throw new PermanentError('an order must not be null');
//       await save(order, { key: context.idempotencyKey, signal: context.signal });
//     },
//   });

export { defineHandler, PermanentError } from './engine/handling/handler.ts';
export type {
  BatchContext,
  BatchHandler,
  BatchLimits,
  EventHandler,
  EventResult,
  Handler,
  HandlerContext,
  HandlerLog,
  KeyOf,
  WorkerEvent,
} from './engine/handling/handler.ts';
