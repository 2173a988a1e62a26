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
  Decode,
  EventHandler,
  EventResult,
  Handler,
  HandlerContext,
  HandlerLog,
  KeyOf,
} from './engine/handling/handler.ts';
export type { Replay } from './engine/handling/replays.ts';
export type { WorkerEvent } from './engine/handling/worker-event.ts';
export type { Message, MessageBody, MessageProperties, MessageValues } from './engine/event.ts';
export type { CloudEvent } from './engine/reading/cloud-event.ts';
export type { JsonOptions } from './engine/reading/json.ts';
export type { SchemaReference } from './engine/reading/schema-reference.ts';
