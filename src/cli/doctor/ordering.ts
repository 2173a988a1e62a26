// Check: from what the events of this hub get their order under ORDERING=key. Looks at a few of the newest events of each
// partition that nobody holds; what a handler's own key function makes of them it cannot know.

import type { ReceivedEvent } from '../../engine/event.ts';
import { orderingSourceOf } from '../../engine/reading/ordering-key.ts';
import type { OrderingSource } from '../../engine/reading/ordering-key.ts';
import { ok, unknown, warning } from './check.ts';
import type { Answer, Check } from './check.ts';

export const ordering: Check = {
  name: 'ordering',
  needs: ['consumer group'],
  run: async ({ config, newestEvents }, signal) =>
    config.engine.handling.ordering === 'key'
      ? judgeOrdering(await newestEvents(signal))
      : ok(`ORDERING=${config.engine.handling.ordering}: what the events carry does not matter.`),
};

/** What was seen of each partition; undefined: its owner keeps others out. */
export type Sample = readonly ReceivedEvent[] | undefined;

const words: Readonly<Record<OrderingSource, string>> = {
  'partition key': 'a partition key',
  'x-opt-kafka-key': "a Kafka record's key",
  'iothub-connection-device-id': 'an IoT Hub device',
  none: 'none of these',
};

export function judgeOrdering(samples: readonly Sample[]): Answer {
  const events = samples.flatMap((sample) => sample ?? []);
  const counts = new Map<OrderingSource, number>();
  for (const event of events) {
    const source = readableSource(event);
    counts.set(source, (counts.get(source) ?? 0) + 1);
  }
  const without = counts.get('none') ?? 0;
  const details = {
    'events looked at': events.length,
    ...Object.fromEntries([...counts].map(([source, count]) => [`with ${words[source]}`, count])),
  };
  if (events.length === 0) {
    return samples.includes(undefined)
      ? unknown('Workers hold the partitions, so no event was looked at: ask again while none runs.')
      : ok(
          "There is no event to look at. Events are ordered by partition key, else Kafka's key, else device.",
        );
  }
  if (without === 0) {
    const sources = [...counts.keys()].map((source) => words[source]).join(' or ');
    return ok(
      `Events are ordered by what they carry (${sources}), unless the handler has a key function.`,
      details,
    );
  }
  if (without === events.length) {
    return ok(
      'The newest events carry no key and no device: they run side by side, unless the handler has a key function or ORDERING=partition.',
      details,
    );
  }
  return warning(
    `${without} of ${events.length} events carry no partition key, Kafka key or device and are in no order with the others: send a key, give the handler a key function, or set ORDERING=partition.`,
    details,
  );
}

/** One that cannot be read becomes a dead letter and needs no order. */
function readableSource(event: ReceivedEvent): OrderingSource {
  try {
    return orderingSourceOf(event);
  } catch {
    return 'none';
  }
}
