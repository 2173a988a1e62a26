{{/* Written from src/config by `node scripts/deploy/generate-chart.ts`; do not edit. */}}

{{/* The worker's defaults by variable; a variable without one has the empty text. */}}
{{- define "eventhub-worker.configDefaults" -}}
{
  "EVENTHUB_TRANSPORT": "amqp",
  "MAX_BATCH_SIZE": "250",
  "PREFETCH_EVENTS": "1000",
  "PREFETCH_BYTES": "4194304",
  "DRAIN_DEADLINE_MS": "30000",
  "START_POSITION": "earliest",
  "ON_RECREATED_HUB": "stop",
  "LOG_LEVEL": "info",
  "ORDERING": "key",
  "CONCURRENCY": "64",
  "PARTITION_CONCURRENCY": "",
  "MAX_ATTEMPTS": "5",
  "RETRY_MIN_MS": "200",
  "RETRY_MAX_MS": "30000",
  "HANDLER_TIMEOUT_MS": "60000",
  "ON_EXHAUSTED": "dead-letter",
  "REPLAY_PROPERTIES": "ignore",
  "CHECKPOINT_EVERY_EVENTS": "10000",
  "CHECKPOINT_EVERY_MS": "5000",
  "CHECKPOINT_IDLE_MS": "1000",
  "LEASE_MS": "30000",
  "TICK_MS": "10000",
  "HANDOVER_TIMEOUT_MS": "60000",
  "MAX_IN_FLIGHT_EVENTS": "10000",
  "MAX_BUFFERED_BYTES": "67108864",
  "STALL_TIMEOUT_MS": "60000",
  "LOCAL_EVENTHUB_PORT": "5672",
  "LOCAL_STORAGE_PORT": "10000",
  "LOCAL_PARTITIONS": "8",
  "LOCAL_EVENTS_PER_SECOND": "200"
}
{{- end -}}
