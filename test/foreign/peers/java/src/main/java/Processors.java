// Two of the official Java SDK's EventProcessorClients on one hub and one BlobCheckpointStore, the second started while the
// first is at work; prints what peer-suites.ts checks. Arguments: the hub's connection string, the store's, its container.

import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventDataBatch;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import com.azure.messaging.eventhubs.EventProcessorClient;
import com.azure.messaging.eventhubs.EventProcessorClientBuilder;
import com.azure.messaging.eventhubs.LoadBalancingStrategy;
import com.azure.messaging.eventhubs.checkpointstore.blob.BlobCheckpointStore;
import com.azure.messaging.eventhubs.models.CreateBatchOptions;
import com.azure.messaging.eventhubs.models.EventPosition;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

public class Processors {
  private static final int ROUNDS = 20;
  private static final int PER_ROUND = 50;

  /** What both processors have handled: the numbers of each partition in the order handled. */
  private static final Map<String, List<Integer>> handled = new ConcurrentHashMap<>();

  /** Which partitions each processor has at the moment. */
  private static final Map<String, Set<String>> owned = new ConcurrentHashMap<>();

  public static void main(String[] args) throws Exception {
    BlobContainerAsyncClient container =
        new BlobContainerClientBuilder().connectionString(args[1]).containerName(args[2]).buildAsyncClient();
    container.create().block();
    BlobCheckpointStore store = new BlobCheckpointStore(container);
    EventHubProducerClient producer = new EventHubClientBuilder().connectionString(args[0]).buildProducerClient();
    List<String> ids = new ArrayList<>();
    producer.getEventHubProperties().getPartitionIds().forEach(ids::add);

    EventProcessorClient first = processor("first", args[0], store, ids);
    first.start();
    until("the first processor has all partitions", () -> count("first") == ids.size());
    send(producer, ids, 0);
    EventProcessorClient second = processor("second", args[0], store, ids);
    second.start();
    // Events go on while partitions move.
    for (int round = 1; round < ROUNDS; round++) {
      send(producer, ids, round);
      Thread.sleep(200);
    }
    int half = ids.size() / 2;
    until("each has its half", () -> count("first") == half && count("second") == half);
    int each = ROUNDS * PER_ROUND;
    until("every event is handled", () -> ids.stream().allMatch(id -> Set.copyOf(handled.get(id)).size() == each));
    first.stop();
    second.stop();

    List<String> lines = new ArrayList<>();
    for (String id : ids) {
      List<Integer> numbers = handled.get(id);
      lines.add(String.format("{\"handled\":%d,\"distinct\":%d,\"skipsAhead\":%b}",
          numbers.size(), Set.copyOf(numbers).size(), skipsAhead(numbers)));
    }
    producer.close();
    System.out.printf("{\"each\":%d,\"partitions\":[%s]}%n", each, String.join(",", lines));
    System.exit(0);
  }

  private static EventProcessorClient processor(String name, String connectionString, BlobCheckpointStore store, List<String> ids) {
    owned.put(name, ConcurrentHashMap.newKeySet());
    Map<String, EventPosition> positions = new ConcurrentHashMap<>();
    ids.forEach(id -> positions.put(id, EventPosition.earliest()));
    return new EventProcessorClientBuilder()
        .connectionString(connectionString)
        .consumerGroup("$Default")
        .checkpointStore(store)
        .initialPartitionEventPosition(positions)
        .loadBalancingStrategy(LoadBalancingStrategy.GREEDY)
        .loadBalancingUpdateInterval(Duration.ofSeconds(1))
        .partitionOwnershipExpirationInterval(Duration.ofSeconds(10))
        .processPartitionInitialization(context -> owned.get(name).add(context.getPartitionContext().getPartitionId()))
        .processPartitionClose(context -> owned.get(name).remove(context.getPartitionContext().getPartitionId()))
        .processError(context -> System.err.println(name + ": " + context.getThrowable()))
        .processEvent(context -> {
          String id = context.getPartitionContext().getPartitionId();
          int number = Integer.parseInt(context.getEventData().getBodyAsString());
          handled.computeIfAbsent(id, unused -> new CopyOnWriteArrayList<>()).add(number);
          if (number % 10 == 9) context.updateCheckpoint();
        })
        .buildEventProcessorClient();
  }

  private static void send(EventHubProducerClient producer, List<String> ids, int round) {
    for (String id : ids) {
      EventDataBatch batch = producer.createBatch(new CreateBatchOptions().setPartitionId(id));
      for (int index = 0; index < PER_ROUND; index++) {
        batch.tryAdd(new EventData(String.valueOf(round * PER_ROUND + index)));
      }
      producer.send(batch);
    }
  }

  /** A number may come again after a move, but none before all smaller ones have come. */
  private static boolean skipsAhead(List<Integer> numbers) {
    int next = 0;
    for (int number : numbers) {
      if (number > next) return true;
      next = Math.max(next, number + 1);
    }
    return false;
  }

  private static int count(String name) {
    return owned.get(name).size();
  }

  private static void until(String what, BooleanSupplier isSo) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!isSo.getAsBoolean()) {
      if (System.nanoTime() > deadline) throw new IllegalStateException("not within 60 s: " + what + "; owned: " + owned);
      Thread.sleep(50);
    }
  }
}
