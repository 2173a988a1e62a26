{{/*
Where the hub and the checkpoints are. The worker's environment, KEDA's trigger, NOTES and the rules all read these,
so that they cannot differ. KEDA lowers the consumer group only; the checkpoint store lowers everything: names are
lowered here, once.
*/}}

{{- define "eventhub-worker.eventHubSuffix" -}}
{{- get (dict
  "AzurePublicCloud" "servicebus.windows.net"
  "AzureUSGovernmentCloud" "servicebus.usgovcloudapi.net"
  "AzureChinaCloud" "servicebus.chinacloudapi.cn"
  "Private" .Values.cloud.eventHubSuffix) .Values.cloud.name | lower -}}
{{- end -}}

{{- define "eventhub-worker.storageSuffix" -}}
{{- get (dict
  "AzurePublicCloud" "core.windows.net"
  "AzureUSGovernmentCloud" "core.usgovcloudapi.net"
  "AzureChinaCloud" "core.chinacloudapi.cn"
  "Private" .Values.cloud.storageSuffix) .Values.cloud.name | lower -}}
{{- end -}}

{{/* First label of the namespace, as KEDA wants it: it appends the suffix itself. */}}
{{- define "eventhub-worker.namespaceLabel" -}}
{{- .Values.eventHub.namespace | lower | trimSuffix "." | splitList "." | first -}}
{{- end -}}

{{- define "eventhub-worker.fullyQualifiedNamespace" -}}
{{- printf "%s.%s" (include "eventhub-worker.namespaceLabel" .) (include "eventhub-worker.eventHubSuffix" .) -}}
{{- end -}}

{{- define "eventhub-worker.hubName" -}}
{{- .Values.eventHub.name | lower -}}
{{- end -}}

{{/* What the worker's STORAGE_ACCOUNT takes: the name in the public cloud, the blob endpoint elsewhere. */}}
{{- define "eventhub-worker.storageAccount" -}}
{{- if eq .Values.cloud.name "AzurePublicCloud" -}}
{{- .Values.storage.account -}}
{{- else -}}
{{- printf "https://%s.blob.%s" .Values.storage.account (include "eventhub-worker.storageSuffix" .) -}}
{{- end -}}
{{- end -}}

{{/* Blob path under which the worker writes and KEDA reads, for people. */}}
{{- define "eventhub-worker.checkpointPath" -}}
{{- if eq .Values.auth.mode "workloadIdentity" -}}
{{- printf "%s/%s/%s/%s/checkpoint/<partition>" .Values.storage.checkpointContainer (include "eventhub-worker.fullyQualifiedNamespace" .) (include "eventhub-worker.hubName" .) (lower .Values.eventHub.consumerGroup) -}}
{{- else -}}
{{- printf "%s/<host of Endpoint>/<EntityPath>/%s/checkpoint/<partition>" .Values.storage.checkpointContainer (lower .Values.eventHub.consumerGroup) -}}
{{- end -}}
{{- end -}}
