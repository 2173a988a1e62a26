// The official Java SDK's consumer as one would tune it: one asynchronous client, a subscription for each partition,
// prefetching, an empty handler. Answers "count" on standard input with a line.
//
//   Consumer <connection string> <hub> <partitions> <reads properties> <measures latency>

import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubConsumerAsyncClient;
import com.azure.messaging.eventhubs.models.EventPosition;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.concurrent.atomic.LongAdder;

public class Consumer {
  public static void main(String[] args) throws Exception {
    boolean readsProperties = Boolean.parseBoolean(args[3]);
    LongAdder count = new LongAdder();
    LongAdder read = new LongAdder();
    EventHubConsumerAsyncClient consumer = new EventHubClientBuilder()
        .connectionString(args[0], args[1])
        .consumerGroup("$Default")
        .prefetchCount(1000)
        .buildAsyncConsumerClient();
    for (int partition = 0; partition < Integer.parseInt(args[2]); partition++) {
      consumer.receiveFromPartition(String.valueOf(partition), EventPosition.earliest()).subscribe(event -> {
        if (readsProperties) {
          event.getData().getProperties().forEach((name, value) -> read.add(String.valueOf(value).length()));
        }
        count.increment();
      });
    }
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    while (lines.readLine() != null) {
      System.out.println(count.sum());
      System.out.flush();
    }
    System.exit(0);
  }
}
