[[ ${KUBE_ID_TOKEN:-} =~ ^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$ ]] ||
  fail "KUBE_ID_TOKEN contains no ID token: the job needs it in id_tokens:"
token=$KUBE_ID_TOKEN
