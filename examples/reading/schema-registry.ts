import { defineHandler, PermanentError } from 'eventhub-worker';

interface Order {
  readonly id: string;
}
/** Your registry's client: knows the decoder of a schema, fetches the schema once. */
export interface Registry {
  decode(registry: 'azure' | 'confluent', schemaId: string, payload: Uint8Array): Promise<Order>;
}

export function orders(registry: Registry, save: (order: Order) => void) {
  return defineHandler({
    decode({ schema }) {
      if (schema === undefined) throw new PermanentError('no schema id'); // a dead letter
      return registry.decode(schema.registry, schema.id, schema.payload); // a throw is tried again
    },
    onEvent: (event) => save(event.data), // an Order
  });
}
