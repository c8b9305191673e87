# Waits until the grants of this generation are in the cluster, and deletes those of earlier ones, which the addon manager
# never does (docs/decisions/revoked-grants.md).
#
# EXPECTED     file with one `kind namespace "name"` a line; the namespace is - where there is none
# KUBECONFIG   of the cluster's administrator      APPLY_SECONDS   how long applying may take

say() { echo "kube-oidc: $*"; }

kinds=rolebindings,clusterrolebindings,roles,clusterroles
# Whoever may make a RoleBinding chooses its name, which may hold line breaks: quoted, a name is one line.
fields='{{range .items}}{{.kind}} {{or .metadata.namespace "-"}} {{printf "%q" .metadata.name}}{{"\n"}}{{end}}'

# Every RBAC object of ours, bindings first.
present() {
  kubectl get "$kinds" --all-namespaces --selector app.kubernetes.io/managed-by=kube-oidc --output go-template="$fields"
}

# Why a grant may be missing: nobody made its namespace.
absent() {
  local namespace
  while read -r namespace; do
    [ "$namespace" = - ] || kubectl get namespace "$namespace" --output name >/dev/null 2>&1 ||
      say "there is no namespace $namespace: create it, or set createNamespace in its grant"
  done < <(cut --delimiter ' ' --fields 2 <<<"$missing" | sort --unique)
}

answered=''
start=$SECONDS
while true; do
  if found=$(present); then
    answered=1
    missing=$(comm -23 <(sort "$EXPECTED") <(sort <<<"$found"))
    [ -z "$missing" ] && break
  else
    missing="(the API server did not answer)"
    answered=''
  fi
  if ((SECONDS - start >= APPLY_SECONDS)); then
    say "these grants are not in the cluster after $APPLY_SECONDS s:"
    echo "$missing"
    [ -z "$answered" ] || absent
    exit 1
  fi
  say "waiting for the grants to be applied: $((SECONDS - start)) s of $APPLY_SECONDS s"
  sleep 3
done

# In the order in which they were found: a binding goes before its role. One that can't be deleted keeps no other.
failed=0
while read -r kind namespace name; do
  [ -n "$kind" ] || continue
  if [[ "$name" = *\\* ]]; then
    say "leaving $kind $namespace $name: it has our label, and a name that is none of ours"
    continue
  fi
  name=${name#\"}
  name=${name%\"}
  say "revoking $kind $namespace $name"
  if [ "$namespace" = - ]; then
    kubectl delete "$kind" -- "$name" || failed=1
  else
    kubectl delete "$kind" --namespace "$namespace" -- "$name" || failed=1
  fi
done < <(grep --fixed-strings --line-regexp --invert-match --file "$EXPECTED" <<<"$found")

if [ "$failed" = 1 ]; then
  say "what could not be deleted is still in force"
  exit 1
fi
say "the cluster has the grants of this generation and no others"
