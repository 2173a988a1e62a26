{{/* What is read and how the worker signs in. One problem a line. */}}

{{- define "eventhub-worker.problems.handler" -}}
{{- $given := compact (list .Values.handler.module .Values.handler.source .Values.handler.existingConfigMap.name) | len -}}
{{- if eq $given 0 }}
No handler is given: set handler.module (in the image), handler.source (text) or handler.existingConfigMap.name.
{{- else if gt $given 1 }}
More than one handler is given: keep one of handler.module, handler.source and handler.existingConfigMap.name.
{{- end }}
{{- end -}}

{{- define "eventhub-worker.problems.access" -}}
{{- $hub := .Values.eventHub -}}
{{- if eq .Values.auth.mode "workloadIdentity" -}}
{{- if not $hub.namespace }}
eventHub.namespace is empty: set it to the namespace's first label, for example contoso-events.
{{- end }}
{{- if not $hub.name }}
eventHub.name is empty: set it to the name of the event hub.
{{- end }}
{{- if not .Values.storage.account }}
storage.account is empty: the worker keeps checkpoints there, and KEDA accepts its absence but then fails at every read.
{{- end }}
{{- if and .Values.serviceAccount.create (not .Values.auth.workloadIdentity.clientId) }}
auth.workloadIdentity.clientId is empty: set it to the client id of the worker's identity, or set serviceAccount.create=false and name an annotated account.
{{- end }}
{{- if .Values.auth.connectionString.existingSecret }}
auth.connectionString.existingSecret is set although auth.mode is workloadIdentity: empty it, or set auth.mode=connectionString.
{{- end }}
{{- $suffix := include "eventhub-worker.eventHubSuffix" . -}}
{{- $given := lower $hub.namespace -}}
{{- if and (contains "." $given) (ne $given (include "eventhub-worker.fullyQualifiedNamespace" .)) }}
eventHub.namespace {{ $hub.namespace }} is not in cloud {{ .Values.cloud.name }} ({{ $suffix }}): give its first label only, or set cloud.name.
{{- end }}
{{- if contains ":" $given }}
eventHub.namespace {{ $hub.namespace }} contains a scheme or a port: KEDA cannot read checkpoints under such a name; give the first label only.
{{- end }}
{{- else -}}
{{- if not .Values.auth.connectionString.existingSecret }}
auth.connectionString.existingSecret is empty: create a Secret with both connection strings and name it there.
{{- end }}
{{- if or $hub.namespace $hub.name }}
eventHub.namespace and eventHub.name must be empty with auth.mode connectionString: the string's Endpoint and EntityPath say both, and KEDA 2.18 to 2.20 refuse a second hub name.
{{- end }}
{{- if .Values.storage.account }}
storage.account must be empty with auth.mode connectionString: the storage connection string names the account.
{{- end }}
{{- if or .Values.auth.workloadIdentity.clientId .Values.auth.workloadIdentity.kedaClientId }}
auth.workloadIdentity has a client id although auth.mode is connectionString: empty it, or set auth.mode=workloadIdentity.
{{- end }}
{{- end -}}
{{- if eq .Values.cloud.name "Private" -}}
{{- if not (and .Values.cloud.eventHubSuffix .Values.cloud.storageSuffix) }}
cloud.name Private needs cloud.eventHubSuffix and cloud.storageSuffix: set both.
{{- end }}
{{- else if or .Values.cloud.eventHubSuffix .Values.cloud.storageSuffix }}
cloud.eventHubSuffix and cloud.storageSuffix belong to cloud.name Private: empty them, or set cloud.name=Private.
{{- end -}}
{{- if eq .Values.storage.checkpointContainer .Values.storage.deadLetterContainer }}
storage.checkpointContainer and storage.deadLetterContainer are both {{ .Values.storage.checkpointContainer }}: dead letters need a container of their own.
{{- end }}
{{- end -}}

{{/* The Secret itself, when Helm can see it (not with helm template): what would make KEDA look in the wrong place. */}}
{{- define "eventhub-worker.problems.secret" -}}
{{- $connection := .Values.auth.connectionString -}}
{{- if and (eq .Values.auth.mode "connectionString") $connection.existingSecret -}}
{{- $secret := lookup "v1" "Secret" .Release.Namespace $connection.existingSecret -}}
{{- if $secret -}}
{{- $data := get $secret "data" | default dict -}}
{{- if not (hasKey $data $connection.storageKey) }}
Secret {{ $connection.existingSecret }} has no key {{ $connection.storageKey }}: add it, or set auth.connectionString.storageKey.
{{- end }}
{{- if not (hasKey $data $connection.eventHubKey) }}
Secret {{ $connection.existingSecret }} has no key {{ $connection.eventHubKey }}: add it, or set auth.connectionString.eventHubKey.
{{- else -}}
{{- $text := get $data $connection.eventHubKey | b64dec -}}
{{- $entityPath := regexFind "EntityPath=[^;]*" $text | trimPrefix "EntityPath=" | trim -}}
{{- $host := regexFind "Endpoint=[^;]*" $text | trimPrefix "Endpoint=" | trimPrefix "sb://" | trimSuffix "/" -}}
{{- if not $entityPath }}
The connection string in Secret {{ $connection.existingSecret }} has no EntityPath: append ;EntityPath=<name of the hub in lower case>.
{{- else if ne $entityPath (lower $entityPath) }}
EntityPath {{ $entityPath }} in Secret {{ $connection.existingSecret }} has capital letters: write {{ lower $entityPath }}, or KEDA takes the whole hub for unprocessed.
{{- end }}
{{- if ne $host (lower $host) }}
The host in Secret {{ $connection.existingSecret }} has capital letters: write {{ lower $host }}, or KEDA takes the whole hub for unprocessed.
{{- end }}
{{- if contains ":" $host }}
The host in Secret {{ $connection.existingSecret }} has a port: leave it out, because KEDA looks for checkpoints under the host as written.
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
