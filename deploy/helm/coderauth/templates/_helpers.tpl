{{- define "coderauth.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "coderauth.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "coderauth.labels" -}}
{{ include "coderauth.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "coderauth.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* What all pods have in common; takes `root`, `command`, `resources`, `extra` lines of the container, and whether there are `metrics`. */}}
{{- define "coderauth.pod" -}}
{{- $root := .root -}}
{{- /* A Service called coderauth would be told of in variables that coderauth does not know, and refuses. */ -}}
enableServiceLinks: false
automountServiceAccountToken: false
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: coderauth
    image: {{ include "coderauth.image" $root | quote }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args: {{ toJson .command }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    env:
      - name: CODERAUTH_HTTP_ADDRESS
        value: "0.0.0.0:3000"
      - name: CODERAUTH_ACCESS_URL
        value: {{ required "accessUrl is required: the address people use, such as https://auth.example.org" $root.Values.accessUrl | quote }}
      {{- if and .metrics $root.Values.metrics.port }}
      - name: CODERAUTH_PROMETHEUS_ADDRESS
        value: "0.0.0.0:{{ $root.Values.metrics.port }}"
      {{- end }}
      {{- if $root.Values.trustedProxies }}
      - name: CODERAUTH_PROXY_TRUSTED_HEADERS
        value: X-Forwarded-For
      - name: CODERAUTH_PROXY_TRUSTED_ORIGINS
        value: {{ join "," $root.Values.trustedProxies | quote }}
      {{- end }}
      {{- if $root.Values.forwardAuthRules }}
      - name: CODERAUTH_FORWARD_AUTH_RULES
        value: /etc/coderauth/rules.toml
      {{- end }}
      {{- range $name, $value := $root.Values.settings }}
      - name: CODERAUTH_{{ $name }}
        value: {{ $value | toString | quote }}
      {{- end }}
      {{- range $name, $key := $root.Values.secrets }}
      - name: CODERAUTH_{{ $name }}_FILE
        value: /run/secrets/coderauth/{{ $key }}
      {{- end }}
    {{- with .extra }}
    {{- . | nindent 4 }}
    {{- end }}
    resources:
      {{- toYaml .resources | nindent 6 }}
    volumeMounts:
      - name: secrets
        mountPath: /run/secrets/coderauth
        readOnly: true
      - name: data
        mountPath: /var/lib/coderauth
      - name: tmp
        mountPath: /tmp
      {{- if $root.Values.forwardAuthRules }}
      - name: rules
        mountPath: /etc/coderauth
        readOnly: true
      {{- end }}
volumes:
  - name: secrets
    secret:
      secretName: {{ required "existingSecret is required: the name of a Secret" $root.Values.existingSecret }}
      defaultMode: 0440
      items:
        {{- range $name, $key := $root.Values.secrets }}
        - key: {{ $key }}
          path: {{ $key }}
        {{- end }}
  # Nothing that must stay is here: the database is elsewhere, and so are the keys.
  - name: data
    emptyDir:
      sizeLimit: 64Mi
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- if $root.Values.forwardAuthRules }}
  - name: rules
    configMap:
      name: {{ include "coderauth.name" $root }}-rules
  {{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
