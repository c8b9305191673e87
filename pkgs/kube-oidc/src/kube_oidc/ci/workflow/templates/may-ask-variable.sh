if [ -z "${KUBE_ID_TOKEN:-}" ]; then
  fail "this job has no ID token: it needs id_tokens: with KUBE_ID_TOKEN and its aud (GitLab 15.7 or later)"
fi
