"""Sends one event whose properties have every type that the Python SDK can write, and prints what it sent."""

import json
import sys
import uuid
from datetime import datetime, timezone

from azure.eventhub import EventData, EventHubProducerClient

UUID = "6b0f3c52-9a41-4e7d-8f14-2d7c5a90e1b3"

# The SDK's own way to name a type; plain values get the type it chooses.
properties = {
    "bool": True,
    "plain int": -7,
    "plain float": 0.1,
    "text": "na\u00efve \U0001f4a5",
    "bytes": b"\x00\xff",
    "uuid": uuid.UUID(UUID),
    "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
    "ubyte": {"TYPE": "UBYTE", "VALUE": 255},
    "byte": {"TYPE": "BYTE", "VALUE": -128},
    "ushort": {"TYPE": "USHORT", "VALUE": 65535},
    "short": {"TYPE": "SHORT", "VALUE": -32768},
    "uint": {"TYPE": "UINT", "VALUE": 4294967295},
    "ulong": {"TYPE": "ULONG", "VALUE": 2**64 - 1},
    "long": {"TYPE": "LONG", "VALUE": -(2**63)},
    "float": {"TYPE": "FLOAT", "VALUE": 0.5},
    "symbol": {"TYPE": "SYMBOL", "VALUE": b"a-symbol"},
}
sent = {
    "bool": {"type": "boolean", "value": True},
    "plain int": {"type": "int", "value": "-7"},
    "plain float": {"type": "double", "value": "0.1"},
    "text": {"type": "string", "value": "na\u00efve \U0001f4a5"},
    "bytes": {"type": "binary", "value": "AP8="},
    "uuid": {"type": "uuid", "value": UUID},
    "time": {"type": "timestamp", "value": "1767323045000"},
    "ubyte": {"type": "ubyte", "value": "255"},
    "byte": {"type": "byte", "value": "-128"},
    "ushort": {"type": "ushort", "value": "65535"},
    "short": {"type": "short", "value": "-32768"},
    "uint": {"type": "uint", "value": "4294967295"},
    "ulong": {"type": "ulong", "value": "18446744073709551615"},
    "long": {"type": "long", "value": "-9223372036854775808"},
    "float": {"type": "float", "value": "0.5"},
    "symbol": {"type": "symbol", "value": "a-symbol"},
}

producer = EventHubProducerClient.from_connection_string(sys.argv[1])
batch = producer.create_batch(partition_id="0")
event = EventData("typed")
event.properties = properties
batch.add(event)
producer.send_batch(batch)
producer.close()
print(json.dumps(sent))
