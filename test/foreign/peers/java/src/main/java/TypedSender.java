// Sends one event whose properties have every type that the Java SDK can write, and prints what it sent.

import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventDataBatch;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import com.azure.messaging.eventhubs.models.CreateBatchOptions;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedByte;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.UnsignedShort;

public class TypedSender {
  private static final EventData event = new EventData("typed");
  private static final List<String> sent = new ArrayList<>();

  private static void put(String type, Object value, String text) {
    event.getProperties().put(type, value);
    sent.add(String.format("\"%s\":{\"type\":\"%s\",\"value\":%s}", type, type, text));
  }

  public static void main(String[] args) {
    String uuid = "6b0f3c52-9a41-4e7d-8f14-2d7c5a90e1b3";
    put("boolean", true, "true");
    put("byte", (byte) -128, "\"-128\"");
    put("short", (short) -32768, "\"-32768\"");
    put("int", -7, "\"-7\"");
    put("long", Long.MIN_VALUE, "\"-9223372036854775808\"");
    put("ubyte", UnsignedByte.valueOf((byte) -1), "\"255\"");
    put("ushort", UnsignedShort.valueOf((short) -1), "\"65535\"");
    put("uint", UnsignedInteger.valueOf(-1), "\"4294967295\"");
    put("ulong", UnsignedLong.valueOf(-1L), "\"18446744073709551615\"");
    put("float", 0.5f, "\"0.5\"");
    put("double", 0.1, "\"0.1\"");
    put("char", 'x', "\"x\"");
    put("string", "na\u00efve", "\"na\\u00efve\"");
    put("symbol", Symbol.valueOf("a-symbol"), "\"a-symbol\"");
    put("binary", new Binary(new byte[] {0, -1}), "\"AP8=\"");
    put("uuid", UUID.fromString(uuid), '"' + uuid + '"');
    put("timestamp", new Date(1767323045678L), "\"1767323045678\"");

    EventHubProducerClient producer = new EventHubClientBuilder().connectionString(args[0]).buildProducerClient();
    EventDataBatch batch = producer.createBatch(new CreateBatchOptions().setPartitionId("0"));
    batch.tryAdd(event);
    producer.send(batch);
    producer.close();
    System.out.println("{" + String.join(",", sent) + "}");
  }
}
