{{/*
Every rule that one field's schema cannot say. Each problem is a sentence that says what to change; all of them are
reported at once. The rules by section: _validate_access.tpl, _validate_scaling.tpl, _validate_pod.tpl.
*/}}

{{- define "eventhub-worker.validate" -}}
{{- $problems := list -}}
{{- range list "handler" "access" "secret" "scaling" "rivals" "pod" "environment" "labels" "monitoring" -}}
{{- $said := include (printf "eventhub-worker.problems.%s" .) $ | trim -}}
{{- if $said -}}{{- $problems = concat $problems (splitList "\n" $said) -}}{{- end -}}
{{- end -}}
{{- $sentences := list -}}
{{- range $problems -}}
{{- with trim . -}}{{- $sentences = append $sentences (printf "- %s" .) -}}{{- end -}}
{{- end -}}
{{- if $sentences -}}
{{- fail (printf "\n\neventhub-worker cannot be installed with these values:\n%s\n" (join "\n" $sentences)) -}}
{{- end -}}
{{- end -}}
