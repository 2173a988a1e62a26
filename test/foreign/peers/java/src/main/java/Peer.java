// The official Java SDK against the emulator; prints what peer-suites.ts checks.

import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventDataBatch;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubConsumerAsyncClient;
import com.azure.messaging.eventhubs.EventHubConsumerClient;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import com.azure.messaging.eventhubs.EventHubProperties;
import com.azure.messaging.eventhubs.PartitionProperties;
import com.azure.messaging.eventhubs.models.CreateBatchOptions;
import com.azure.messaging.eventhubs.models.EventPosition;
import com.azure.messaging.eventhubs.models.PartitionEvent;
import com.azure.messaging.eventhubs.models.ReceiveOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

public class Peer {
  public static void main(String[] args) {
    EventHubProducerClient producer = new EventHubClientBuilder().connectionString(args[0]).buildProducerClient();
    EventHubProperties hub = producer.getEventHubProperties();
    List<String> ids = new ArrayList<>();
    for (String id : hub.getPartitionIds()) ids.add('"' + id + '"');
    PartitionProperties unused = producer.getPartitionProperties("3");

    EventDataBatch batch = producer.createBatch(new CreateBatchOptions().setPartitionKey("k1"));
    for (int index = 0; index < 5; index++) batch.tryAdd(new EventData("hello " + index));
    producer.send(batch);
    batch = producer.createBatch(new CreateBatchOptions().setPartitionId("1"));
    batch.tryAdd(new EventData(new byte[200_000]));
    producer.send(batch);

    EventHubConsumerClient consumer =
        new EventHubClientBuilder().connectionString(args[0]).consumerGroup("$Default").buildConsumerClient();
    ReceiveOptions owner = new ReceiveOptions().setOwnerLevel(3L).setTrackLastEnqueuedEventProperties(true);
    Duration wait = Duration.ofSeconds(3);
    List<String> keyed = new ArrayList<>();
    for (PartitionEvent each : consumer.receiveFromPartition("0", 5, EventPosition.earliest(), wait, owner)) {
      EventData data = each.getData();
      keyed.add(String.format("{\"sequenceNumber\":%d,\"key\":\"%s\",\"body\":\"%s\"}",
          data.getSequenceNumber(), data.getPartitionKey(), data.getBodyAsString()));
    }
    int largeBytes = 0;
    for (PartitionEvent each : consumer.receiveFromPartition("1", 1, EventPosition.earliest(), wait, owner)) {
      largeBytes = each.getData().getBody().length;
    }
    List<String> afterTwo = new ArrayList<>();
    for (PartitionEvent each : consumer.receiveFromPartition("0", 2, EventPosition.fromSequenceNumber(2), wait)) {
      afterTwo.add(String.valueOf(each.getData().getSequenceNumber()));
    }
    int perPartition = Integer.parseInt(args[1]);
    List<String> ordered = new ArrayList<>();
    try (EventHubConsumerAsyncClient reader =
        new EventHubClientBuilder().connectionString(args[0]).consumerGroup("$Default").buildAsyncConsumerClient()) {
      for (String id : hub.getPartitionIds()) {
        ordered.add(String.format("\"%s\":%d", id, inOrder(producer, reader, id, perPartition)));
      }
    }
    consumer.close();
    producer.close();
    System.out.printf("{\"hub\":\"%s\",\"partitionIds\":[%s],\"unused\":[%d,%d,\"%s\",%b],\"keyed\":[%s],\"largeBytes\":%d,\"afterTwo\":[%s],\"inOrder\":{%s}}%n",
        hub.getName(), String.join(",", ids), unused.getBeginningSequenceNumber(), unused.getLastEnqueuedSequenceNumber(),
        unused.getLastEnqueuedOffset(), unused.isEmpty(), String.join(",", keyed), largeBytes, String.join(",", afterTwo),
        String.join(",", ordered));
    System.exit(0);
  }

  /** Sends numbered events to a partition and reads them on one link; answers how many came as they were sent, in their order. */
  private static int inOrder(EventHubProducerClient producer, EventHubConsumerAsyncClient reader, String id, int count) {
    PartitionProperties before = producer.getPartitionProperties(id);
    for (int sent = 0; sent < count; ) {
      EventDataBatch batch = producer.createBatch(new CreateBatchOptions().setPartitionId(id));
      while (sent < count && batch.getCount() < 1000 && batch.tryAdd(new EventData(String.valueOf(sent)))) sent++;
      producer.send(batch);
    }
    EventPosition from = before.isEmpty()
        ? EventPosition.earliest() : EventPosition.fromSequenceNumber(before.getLastEnqueuedSequenceNumber());
    List<PartitionEvent> events =
        reader.receiveFromPartition(id, from).take(count).collectList().block(Duration.ofSeconds(60));
    for (int index = 0; index < events.size(); index++) {
      if (!events.get(index).getData().getBodyAsString().equals(String.valueOf(index))) return index;
    }
    return events.size();
  }
}
