{{/*
rules/*.yaml are Prometheus rule files with [[tokens]] for what a release decides, because Prometheus' own templates
already use double braces. Each file is one group or a few; a file is left out when what it watches is not installed.
*/}}

{{- define "eventhub-worker.ruleFiles" -}}
{{- $files := list "recording" "lag" "ownership" "progress" -}}
{{- if gt (include "eventhub-worker.lowestReplicas" . | int) 0 -}}{{- $files = append $files "availability" -}}{{- end -}}
{{- if ne .Values.autoscaling.mode "none" -}}{{- $files = append $files "replicas" -}}{{- end -}}
{{- if eq .Values.autoscaling.mode "keda" -}}{{- $files = append $files "keda" -}}{{- end -}}
{{- toJson $files -}}
{{- end -}}

{{- define "eventhub-worker.ruleTokens" -}}
{{- $rules := .Values.monitoring.rules -}}
{{- $name := include "eventhub-worker.fullname" . -}}
{{- $retentionSeconds := mul (int64 $rules.retentionHours) 3600 -}}
selector: {{ printf "namespace=\"%s\",job=\"%s\"" .Release.Namespace $name | squote }}
kedaSelector: {{ printf "%s=\"%s\",scaledObject=\"%s\",scaler=\"eventhub-lag\"" $rules.kedaNamespaceLabel .Release.Namespace $name | squote }}
release: {{ printf "%s/%s" .Release.Namespace $name | squote }}
lagObjectiveSeconds: {{ int64 $rules.lagObjectiveSeconds | toString | squote }}
retentionSeconds: {{ $retentionSeconds | toString | squote }}
backlogEvents: {{ int64 $rules.backlogEvents | toString | squote }}
deadLetters: {{ int64 $rules.deadLettersPer10Minutes | toString | squote }}
maxReplicas: {{ include "eventhub-worker.highestReplicas" . | squote }}
eventsPerReplica: {{ int64 .Values.autoscaling.keda.eventsPerReplica | toString | squote }}
leaseSeconds: {{ div (add (include "eventhub-worker.configValue" (dict "root" . "name" "LEASE_MS") | int) 999) 1000 | toString | squote }}
{{- end -}}

{{/* All groups of this release, before alerts are left out, as JSON. */}}
{{- define "eventhub-worker.allRuleGroups" -}}
{{- $tokens := include "eventhub-worker.ruleTokens" . | fromYaml -}}
{{- $groups := list -}}
{{- range include "eventhub-worker.ruleFiles" . | fromJsonArray -}}
{{- $text := $.Files.Get (printf "rules/%s.yaml" .) -}}
{{- range $name, $value := $tokens -}}
{{- $text = replace (printf "[[%s]]" $name) $value $text -}}
{{- end -}}
{{- $groups = concat $groups (get (fromYaml $text) "groups") -}}
{{- end -}}
{{- toJson $groups -}}
{{- end -}}

{{- define "eventhub-worker.alertNames" -}}
{{- $names := list -}}
{{- range include "eventhub-worker.allRuleGroups" . | fromJsonArray -}}
{{- range .rules -}}
{{- with .alert -}}{{- $names = append $names . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* The groups as installed: without disabled alerts, with the release's labels and links to the runbook. */}}
{{- define "eventhub-worker.ruleGroups" -}}
{{- $rules := .Values.monitoring.rules -}}
{{- range include "eventhub-worker.allRuleGroups" . | fromJsonArray -}}
{{- $kept := list -}}
{{- range .rules -}}
{{- if not .alert -}}
{{- $kept = append $kept . -}}
{{- else if not (has .alert $rules.disabled) -}}
{{- $rule := deepCopy . -}}
{{- $_ := set $rule "labels" (merge (deepCopy $rules.alertLabels) .labels) -}}
{{- $_ := set $rule.annotations "runbook_url" (printf "%s#%s" $rules.runbookUrl (lower .alert)) -}}
{{- $kept = append $kept $rule -}}
{{- end -}}
{{- end -}}
{{- if $kept }}
- name: {{ printf "%s/%s: %s" $.Release.Namespace (include "eventhub-worker.fullname" $) .name | quote }}
  rules: {{- toYaml $kept | nindent 4 }}
{{- end -}}
{{- end -}}
{{- end -}}
