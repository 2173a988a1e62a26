{{/* Names and labels. Selector labels never change after the first installation; the others may. */}}

{{- define "eventhub-worker.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "eventhub-worker.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains (include "eventhub-worker.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "eventhub-worker.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Everything of this release. */}}
{{- define "eventhub-worker.releaseLabels" -}}
app.kubernetes.io/name: {{ include "eventhub-worker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The worker's pods alone: the test's pod must not count in the disruption budget, nor be scraped. */}}
{{- define "eventhub-worker.selectorLabels" -}}
{{ include "eventhub-worker.releaseLabels" . }}
app.kubernetes.io/component: worker
{{- end -}}

{{- define "eventhub-worker.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "eventhub-worker.releaseLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "eventhub-worker.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "eventhub-worker.fullname" .) -}}
{{- end -}}

{{- define "eventhub-worker.image" -}}
{{- $repository := .Values.image.repository -}}
{{- with .Values.image.registry -}}{{- $repository = printf "%s/%s" . $repository -}}{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
