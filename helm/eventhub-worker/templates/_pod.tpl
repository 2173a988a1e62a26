{{/* What the worker's pod and the test's pod have in common. */}}

{{- define "eventhub-worker.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "eventhub-worker.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "eventhub-worker.podLabels" -}}
{{ include "eventhub-worker.selectorLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
{{- if eq .Values.auth.mode "workloadIdentity" }}
azure.workload.identity/use: "true"
{{- end }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- with .Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "eventhub-worker.envFrom" -}}
- configMapRef:
    name: {{ include "eventhub-worker.fullname" . }}
{{- with .Values.extraEnvFrom }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "eventhub-worker.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if not .Values.handler.module }}
- name: handler
  mountPath: /app/handlers
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "eventhub-worker.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if not .Values.handler.module }}
- name: handler
  configMap:
    name: {{ include "eventhub-worker.handlerConfigMap" . }}
    items:
      - key: {{ include "eventhub-worker.handlerFile" . }}
        path: {{ include "eventhub-worker.handlerFile" . }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A constraint that does not say whom it spreads spreads the worker's pods. */}}
{{- define "eventhub-worker.topologySpreadConstraints" -}}
{{- range .Values.topologySpreadConstraints }}
{{- $constraint := deepCopy . }}
{{- if not (hasKey $constraint "labelSelector") }}
{{- $_ := set $constraint "labelSelector" (dict "matchLabels" (include "eventhub-worker.selectorLabels" $ | fromYaml)) }}
{{- end }}
- {{ toYaml $constraint | nindent 2 | trim }}
{{- end }}
{{- end -}}
