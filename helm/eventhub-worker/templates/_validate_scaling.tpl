{{/* Replicas, and who decides about them. One problem a line. */}}

{{- define "eventhub-worker.problems.scaling" -}}
{{- $mode := .Values.autoscaling.mode -}}
{{- $partitions := int .Values.eventHub.partitions -}}
{{- $max := include "eventhub-worker.maxReplicas" . | int -}}
{{- $min := int .Values.autoscaling.minReplicas -}}
{{- $requests := .Values.resources.requests | default dict -}}
{{- $name := include "eventhub-worker.fullname" . -}}
{{- if eq $mode "none" -}}
{{- if and (gt $partitions 0) (gt (int .Values.replicaCount) $partitions) }}
replicaCount {{ int .Values.replicaCount }} is above eventHub.partitions {{ $partitions }}: the rest would own nothing; lower it.
{{- end }}
{{- else -}}
{{- if and (eq $mode "keda") (eq $partitions 0) }}
eventHub.partitions is 0: KEDA can ask for one replica more than the hub has partitions; set it to the hub's number.
{{- else -}}
{{- if and (gt $partitions 0) (gt $max $partitions) }}
autoscaling.maxReplicas {{ $max }} is above eventHub.partitions {{ $partitions }}: the rest would own nothing; lower it or leave it empty.
{{- end }}
{{- if gt $min $max }}
autoscaling.minReplicas {{ $min }} is above the largest number of replicas {{ $max }}: lower it.
{{- end }}
{{- end -}}
{{- end -}}
{{- if eq $mode "keda" -}}
{{- if lt (int .Values.autoscaling.keda.eventsPerReplica) 1 }}
autoscaling.keda.eventsPerReplica must be at least 1: KEDA before 2.20 divides by it.
{{- end }}
{{- if gt (len $name) 54 }}
The name {{ $name }} has {{ len $name }} characters: KEDA names its HPA keda-hpa-<name>, so at most 54 fit; set fullnameOverride.
{{- end }}
{{- if and (gt (int .Values.autoscaling.keda.cpuUtilization) 0) (not (get $requests "cpu")) }}
autoscaling.keda.cpuUtilization needs resources.requests.cpu: set it, or set cpuUtilization to 0.
{{- end }}
{{- end -}}
{{- if eq $mode "hpa" -}}
{{- if lt $min 1 }}
autoscaling.minReplicas 0 needs autoscaling.mode keda: an HPA on CPU never starts a worker that is not there; set it to 1.
{{- end }}
{{- if not (get $requests "cpu") }}
autoscaling.mode hpa needs resources.requests.cpu: utilisation is a share of the request.
{{- end }}
{{- end -}}
{{- end -}}

{{/* A second autoscaler of the same Deployment: given among extraObjects, or already in the cluster. */}}
{{- define "eventhub-worker.problems.rivals" -}}
{{- $name := include "eventhub-worker.fullname" . -}}
{{- $mode := .Values.autoscaling.mode -}}
{{- range .Values.extraObjects -}}
{{- $object := ternary . (dict) (kindIs "map" .) -}}
{{- if kindIs "string" . -}}{{- $object = tpl . $ | fromYaml -}}{{- end -}}
{{- $kind := get $object "kind" | default "" -}}
{{- $target := get (get (get $object "spec" | default dict) "scaleTargetRef" | default dict) "name" | default "" -}}
{{- if and (has $kind (list "HorizontalPodAutoscaler" "ScaledObject")) (eq $target $name) (ne $mode "none") }}
extraObjects contains a {{ $kind }} of {{ $name }} beside autoscaling.mode {{ $mode }}: two autoscalers fight; remove it or set autoscaling.mode=none.
{{- end }}
{{- end -}}
{{- if eq $mode "keda" -}}
{{- range get (lookup "autoscaling/v2" "HorizontalPodAutoscaler" .Release.Namespace "") "items" | default list -}}
{{- $owner := get (get .metadata "labels" | default dict) "scaledobject.keda.sh/name" | default "" -}}
{{- if and (eq .spec.scaleTargetRef.name $name) (eq .spec.scaleTargetRef.kind "Deployment") (not $owner) }}
HorizontalPodAutoscaler {{ .metadata.name }} already scales {{ $name }} and KEDA refuses a second one: delete it first (kubectl delete hpa {{ .metadata.name }}).
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
