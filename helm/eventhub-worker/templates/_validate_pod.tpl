{{/* The pod, its environment, labels and monitoring. One problem a line. */}}

{{- define "eventhub-worker.problems.pod" -}}
{{- $name := include "eventhub-worker.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$" $name) }}
The name {{ $name }} is no DNS label of at most 63 characters: set fullnameOverride.
{{- end }}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) }}
serviceAccount.create is false and serviceAccount.name is empty: name the existing account.
{{- end }}
{{- $drain := include "eventhub-worker.drainSeconds" . | int -}}
{{- $grace := include "eventhub-worker.gracePeriodSeconds" . | int -}}
{{- if le $grace $drain }}
terminationGracePeriodSeconds {{ $grace }} is not longer than the drain ({{ $drain }} s, config.DRAIN_DEADLINE_MS): the pod would be killed while it drains; raise it or leave it empty.
{{- end }}
{{- $lease := include "eventhub-worker.configValue" (dict "root" . "name" "LEASE_MS") | int -}}
{{- $tick := include "eventhub-worker.configValue" (dict "root" . "name" "TICK_MS") | int -}}
{{- if lt $lease (mul 3 $tick | int) }}
config.LEASE_MS {{ $lease }} is below three times config.TICK_MS {{ $tick }}: one late renewal would lose the lease; raise LEASE_MS or lower TICK_MS.
{{- end }}
{{- with get (.Values.resources.limits | default dict) "memory" -}}
{{- $heap := include "eventhub-worker.heapMiB" $ | int -}}
{{- if lt $heap 64 }}
resources.limits.memory {{ . }} leaves a heap of {{ $heap }} MiB (heapPercent {{ int $.Values.heapPercent }}): the worker needs at least 64; write the limit in Mi or Gi and raise it.
{{- end }}
{{- end -}}
{{- end -}}

{{- define "eventhub-worker.problems.environment" -}}
{{- $configNames := include "eventhub-worker.configDefaults" . | fromJson | keys -}}
{{- $ownNames := include "eventhub-worker.chartNames" . | fromJsonArray -}}
{{- range .Values.extraEnv -}}
{{- if has .name $configNames }}
extraEnv sets {{ .name }}, which belongs to the worker: set config.{{ .name }} instead.
{{- else if has .name $ownNames }}
extraEnv sets {{ .name }}, which the chart computes from other values: set those instead (eventHub, storage, auth, handler, resources).
{{- end }}
{{- end -}}
{{- end -}}

{{- define "eventhub-worker.problems.labels" -}}
{{- range $field := list "commonLabels" "podLabels" -}}
{{- range $key := keys (get $.Values $field) | sortAlpha -}}
{{- if or (hasPrefix "app.kubernetes.io/" $key) (eq $key "helm.sh/chart") (eq $key "azure.workload.identity/use") }}
{{ $field }} sets {{ $key }}, which the chart sets itself: remove it.
{{- else if and (eq $field "podLabels") (hasKey $.Values.commonLabels $key) }}
podLabels and commonLabels both set {{ $key }}: keep one of them.
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "eventhub-worker.problems.monitoring" -}}
{{- $rules := .Values.monitoring.rules -}}
{{- if and $rules.enabled (eq .Values.monitoring.apiGroup "azmonitoring.coreos.com") }}
monitoring.rules.enabled needs an operator that reads PrometheusRule; Azure's managed Prometheus takes rule groups instead: set it to false and import the rules (docs/deploying.md).
{{- end }}
{{- if $rules.enabled -}}
{{- $known := include "eventhub-worker.alertNames" . | fromJsonArray -}}
{{- range $rules.disabled -}}
{{- if not (has . $known) }}
monitoring.rules.disabled names {{ . }}, which is no alert of this chart: use one of {{ join ", " $known }}.
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
