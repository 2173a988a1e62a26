{{/* Numbers that several templates need: replicas, drain, memory. */}}

{{- define "eventhub-worker.maxReplicas" -}}
{{- $partitions := int .Values.eventHub.partitions -}}
{{- if .Values.autoscaling.maxReplicas -}}
{{- int .Values.autoscaling.maxReplicas -}}
{{- else if eq .Values.autoscaling.mode "keda" -}}
{{- $partitions -}}
{{- else if gt $partitions 0 -}}
{{- min 10 $partitions -}}
{{- else -}}
10
{{- end -}}
{{- end -}}

{{/* Replicas the release can have at most, whatever decides about them. */}}
{{- define "eventhub-worker.highestReplicas" -}}
{{- if eq .Values.autoscaling.mode "none" -}}
{{- int .Values.replicaCount -}}
{{- else -}}
{{- include "eventhub-worker.maxReplicas" . -}}
{{- end -}}
{{- end -}}

{{- define "eventhub-worker.lowestReplicas" -}}
{{- if eq .Values.autoscaling.mode "none" -}}
{{- int .Values.replicaCount -}}
{{- else -}}
{{- int .Values.autoscaling.minReplicas -}}
{{- end -}}
{{- end -}}

{{/* The drain deadline in whole seconds, rounded up. */}}
{{- define "eventhub-worker.drainSeconds" -}}
{{- $drainMs := include "eventhub-worker.configValue" (dict "root" . "name" "DRAIN_DEADLINE_MS") | int -}}
{{- div (add $drainMs 999) 1000 -}}
{{- end -}}

{{- define "eventhub-worker.gracePeriodSeconds" -}}
{{- .Values.terminationGracePeriodSeconds | default (add (include "eventhub-worker.drainSeconds" . | int) 15) | int -}}
{{- end -}}

{{/* The memory limit in MiB, rounded down; 0 when there is none or its unit is not one Kubernetes knows. */}}
{{- define "eventhub-worker.memoryLimitMiB" -}}
{{- $limit := get (.Values.resources.limits | default dict) "memory" | default "" -}}
{{- if kindIs "float64" $limit -}}{{- $limit = printf "%.0f" $limit -}}{{- end -}}
{{- $limit = toString $limit -}}
{{- $amount := regexFind "^[0-9.]+" $limit | default "0" | float64 -}}
{{- $unit := regexReplaceAll "^[0-9.]+" $limit "" -}}
{{- $bytesPerUnit := dict "" 1.0 "k" 1000.0 "M" 1000000.0 "G" 1000000000.0 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 -}}
{{- if hasKey $bytesPerUnit $unit -}}
{{- divf (mulf $amount (get $bytesPerUnit $unit)) 1048576.0 | floor | int -}}
{{- else -}}
0
{{- end -}}
{{- end -}}

{{- define "eventhub-worker.heapMiB" -}}
{{- div (mul (include "eventhub-worker.memoryLimitMiB" . | int) (int .Values.heapPercent)) 100 -}}
{{- end -}}
