#!/usr/bin/env bash
# Logs in; if that fails, shows the token's claims, what responded, what that usually means and what to run.
# Usage: explain login, or explain failure after a step that failed. It never sees the token itself.
set -euo pipefail
export LC_ALL=C

claim() { # the claim named $1, if there is one
  if [[ $claims =~ \"$1\"[[:space:]]*:[[:space:]]*(\"[^\"]*\"|\[[^]]*\]|[0-9]+) ]]; then
    printf '%s' "${BASH_REMATCH[1]//\"/}"
  fi
}

show_claims() {
  local name value left
  echo "The job's ID token, without its signature:"
  for name in iss aud sub event_name pipeline_source ref repository project_path environment; do
    value=$(claim "$name")
    if [ -n "$value" ]; then printf '  %-16s%s\n' "$name" "$value"; fi
  done
  value=$(claim exp)
  left=$((${value:-0} - $(date +%s)))
  if [ $left -gt 0 ]; then left="in $left s"; else left="$((-left)) s ago"; fi
  printf '  %-16s%s\n' expires "$left, by this machine's clock"
}

status=0
answer=$(kubectl auth whoami --request-timeout=30s 2>&1 | sed -E 's/eyJ[A-Za-z0-9_.-]+/TOKEN/g') || status=$?
if [ "$1 $status" = "login 0" ]; then
  echo "$answer"
  exit
fi
exec >&2
printf '%s\n\n' "$answer"

server=$(kubectl config view --minify --output='jsonpath={.clusters[0].cluster.server}' 2> /dev/null) || server=
print_another="Run kube-oidc kubeconfig --empty-user on the API server's machine and save its output in the CI variable"
case "$status $answer" in
  "0 "*)
    meaning="The API server knows this job as the user above. If the error before says Forbidden, no grant allows it."
    further=" --live --can 'THE LINE THAT SAYS FORBIDDEN'" ;;
  *"getting credentials"*)
    reason=$(grep -E '^kube(-oidc|rnetes-id-token)' <<< "$answer" | tail -n 1) || reason="see the lines above"
    meaning="This job got no ID token, so the API server wasn't asked: $reason" ;;
  *Unauthorized* | *"must be logged in"* | *"provide credentials"*)
    meaning="The API server responded 401: it doesn't accept this token. Usually one of:
  - no entry has this iss as its issuer.url; they must be identical, including a slash at the end
  - that entry's audiences don't include this aud
  - a claimValidationRule requires another owner, branch or event; by default, pull requests and reusable
    workflows are refused
  - the API server hasn't loaded the file yet (up to 60 s after a change), or can't get the issuer's keys:
    kube-oidc status /etc/kube-oidc/auth.yaml"
    further= ;;
  *orbidden*)
    meaning="The API server responded 403: it accepts this token, but even kubectl auth whoami is forbidden. Usually the
cluster lacks the ClusterRoleBinding system:basic-user, which API servers create when they start."
    further=" --live --can 'create selfsubjectreviews.authentication.k8s.io'" ;;
  *x509:* | *"tls: "* | *ertificate*)
    meaning="The certificate of $server isn't accepted: the kubeconfig has the CA of another cluster, or the
certificate lacks this host name (k3s: --tls-san NAME; or set tls-server-name). $print_another" ;;
  *"could not find the requested resource"* | *"have a resource type"*)
    meaning="$server has no SelfSubjectReview: it is older than Kubernetes 1.28, or not an API server" ;;
  *[Pp]roxy*)
    meaning="The proxy failed: correct HTTPS_PROXY, or add the host of $server to NO_PROXY" ;;
  *localhost:8080* | *"loading config"* | *"nvalid configuration"* | *"no configuration"*)
    meaning="The kubeconfig has no usable cluster. $print_another" ;;
  *"o such host"* | *refused* | *timeout* | *Timeout* | *"o route"* | *unreachable* | *exceeded* | *EOF* | *reset*)
    meaning="Nothing responded at $server: the address is one that only the cluster's own machines reach, or a
firewall is in between. $print_another, with --server URL" ;;
  *)
    meaning="This answer is unknown; is $server an API server?"
    further= ;;
esac

if [ -n "${further+shown}" ]; then
  claims=$("${0%/*}/token" claims 2> /dev/null | tr -d '\000-\037\177' | sed 's/##\[/## [/g') || claims=
  show_claims
fi
echo "$meaning"
if [ -n "${further+shown}" ]; then
  echo "On the API server's machine, this shows the step that decides:"
  echo "  kube-oidc explain /etc/kube-oidc/auth.yaml --claims -$further <<< '${claims//\'/\'\\\'\'}'"
fi
exit 1
