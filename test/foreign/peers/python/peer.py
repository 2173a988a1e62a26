"""The official Python SDK against the emulator; prints what peer-suites.ts checks."""

import json
import sys
import threading

from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient

connection_string = sys.argv[1]
per_partition = int(sys.argv[2])


def receive(partition_id, count, position, **options):
    events = []
    client = EventHubConsumerClient.from_connection_string(connection_string, consumer_group="$Default")

    def on_event(_context, event):
        events.append(event)
        if len(events) == count:
            threading.Thread(target=client.close).start()

    client.receive(
        on_event=on_event,
        partition_id=partition_id,
        starting_position=position,
        track_last_enqueued_event_properties=True,
        **options,
    )
    return events


def in_order(partition_id):
    """Sends numbered events to a partition and reads them on one link, in batches as a consumer does that never stops.

    Returns how many came as they were sent, in their order.
    """
    last = producer.get_partition_properties(partition_id)
    position = "-1" if last["is_empty"] else last["last_enqueued_sequence_number"]
    for start in range(0, per_partition, 1000):
        batch = producer.create_batch(partition_id=partition_id)
        for number in range(start, min(start + 1000, per_partition)):
            batch.add(EventData(str(number)))
        producer.send_batch(batch)
    bodies = []
    client = EventHubConsumerClient.from_connection_string(connection_string, consumer_group="$Default")

    def on_event_batch(_context, events):
        bodies.extend(event.body_as_str() for event in events)
        if len(bodies) >= per_partition:
            threading.Thread(target=client.close).start()

    client.receive_batch(
        on_event_batch=on_event_batch,
        partition_id=partition_id,
        starting_position=position,
        max_batch_size=100,
        max_wait_time=5,
    )
    expected = [str(number) for number in range(per_partition)]
    if bodies == expected:
        return per_partition
    return next((n for n, (got, wanted) in enumerate(zip(bodies, expected)) if got != wanted), -len(bodies))


producer = EventHubProducerClient.from_connection_string(connection_string)
hub = producer.get_eventhub_properties()
unused = producer.get_partition_properties("3")

batch = producer.create_batch(partition_key="k1")
for index in range(5):
    event = EventData(f"hello {index}")
    event.properties = {"index": index}
    batch.add(event)
producer.send_batch(batch)
batch = producer.create_batch(partition_id="1")
batch.add(EventData(b"x" * 200_000))
producer.send_batch(batch)

keyed = receive("0", 5, "-1", owner_level=3)
large = receive("1", 1, "-1", owner_level=3)
after_two = receive("0", 2, 2)
ordered = {partition_id: in_order(partition_id) for partition_id in hub["partition_ids"]}
producer.close()

print(
    json.dumps(
        {
            "hub": hub["eventhub_name"],
            "partitionIds": hub["partition_ids"],
            "unused": [
                unused["beginning_sequence_number"],
                unused["last_enqueued_sequence_number"],
                unused["last_enqueued_offset"],
                unused["is_empty"],
            ],
            "keyed": [
                {"sequenceNumber": e.sequence_number, "key": e.partition_key.decode(), "body": e.body_as_str()}
                for e in keyed
            ],
            "largeBytes": len(large[0].body_as_str()),
            "afterTwo": [e.sequence_number for e in after_two],
            "inOrder": ordered,
        }
    )
)
