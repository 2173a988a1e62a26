{{/*
The worker's environment: what the chart's sections say, then `config`. The schema keeps the first out of the second,
_validate.tpl keeps both out of extraEnv.
*/}}

{{/* A number as people write it: Helm reads every number as a float, and 1000000 would become 1e+06. */}}
{{- define "eventhub-worker.environmentValue" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{- printf "%.0f" . -}}{{- else -}}{{- toString . -}}{{- end -}}
{{- end -}}

{{- define "eventhub-worker.handlerFile" -}}
{{- if .Values.handler.source -}}handler.ts{{- else -}}{{- .Values.handler.existingConfigMap.key -}}{{- end -}}
{{- end -}}

{{- define "eventhub-worker.handlerConfigMap" -}}
{{- if .Values.handler.source -}}
{{- printf "%s-handler" (include "eventhub-worker.fullname" . | trunc 55 | trimSuffix "-") -}}
{{- else -}}
{{- .Values.handler.existingConfigMap.name -}}
{{- end -}}
{{- end -}}

{{- define "eventhub-worker.handler" -}}
{{- if .Values.handler.module -}}
{{- .Values.handler.module -}}
{{- else -}}
{{- printf "/app/handlers/%s" (include "eventhub-worker.handlerFile" .) -}}
{{- end -}}
{{- end -}}

{{- define "eventhub-worker.configMapData" -}}
{{- if eq .Values.auth.mode "workloadIdentity" }}
EVENTHUB_NAMESPACE: {{ include "eventhub-worker.fullyQualifiedNamespace" . | quote }}
EVENTHUB_NAME: {{ include "eventhub-worker.hubName" . | quote }}
STORAGE_ACCOUNT: {{ include "eventhub-worker.storageAccount" . | quote }}
{{- end }}
EVENTHUB_CONSUMER_GROUP: {{ .Values.eventHub.consumerGroup | quote }}
CHECKPOINT_CONTAINER: {{ .Values.storage.checkpointContainer | quote }}
DEAD_LETTER_CONTAINER: {{ .Values.storage.deadLetterContainer | quote }}
HANDLER: {{ include "eventhub-worker.handler" . | quote }}
HTTP_HOST: "0.0.0.0"
HTTP_PORT: "8080"
{{- range $name, $value := .Values.config }}
{{ $name }}: {{ include "eventhub-worker.environmentValue" $value | quote }}
{{- end }}
{{- end -}}

{{/* Names the chart computes: `config` and extraEnv may not set them. The schema's generator reads this list. */}}
{{- define "eventhub-worker.chartNames" -}}
["EVENTHUB_CONNECTION_STRING", "EVENTHUB_NAMESPACE", "EVENTHUB_NAME", "EVENTHUB_CONSUMER_GROUP",
 "STORAGE_CONNECTION_STRING", "STORAGE_ACCOUNT", "CHECKPOINT_CONTAINER", "DEAD_LETTER_CONTAINER",
 "WORKER_ID", "HANDLER", "HTTP_HOST", "HTTP_PORT", "NODE_OPTIONS"]
{{- end -}}

{{/* A configuration value in force: given in `config`, or the worker's own default. */}}
{{- define "eventhub-worker.configValue" -}}
{{- $defaults := include "eventhub-worker.configDefaults" .root | fromJson -}}
{{- if hasKey .root.Values.config .name -}}
{{- include "eventhub-worker.environmentValue" (get .root.Values.config .name) -}}
{{- else -}}
{{- get $defaults .name -}}
{{- end -}}
{{- end -}}

{{/* Environment that a ConfigMap cannot hold: secrets and what is computed from the pod. */}}
{{- define "eventhub-worker.containerEnvironment" -}}
{{- if eq .Values.auth.mode "connectionString" }}
- name: EVENTHUB_CONNECTION_STRING
  valueFrom:
    secretKeyRef:
      name: {{ .Values.auth.connectionString.existingSecret }}
      key: {{ .Values.auth.connectionString.eventHubKey }}
- name: STORAGE_CONNECTION_STRING
  valueFrom:
    secretKeyRef:
      name: {{ .Values.auth.connectionString.existingSecret }}
      key: {{ .Values.auth.connectionString.storageKey }}
{{- end }}
{{- with include "eventhub-worker.heapMiB" . | int }}
- name: NODE_OPTIONS
  value: {{ printf "--max-old-space-size=%d" . | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
