# Waits until the grants of this generation are in the cluster, and deletes those of earlier ones: neither the addon
# manager nor k3s and rke2 delete what has gone from their manifests.
#
# EXPECTED     file with one "kind namespace name" a line; the namespace is "-" where there is none
# KUBECONFIG   of the cluster's administrator      APPLY_SECONDS   how long applying may take

say() { echo "kube-oidc: $*"; }

kinds=rolebindings,clusterrolebindings,roles,clusterroles
fields='{range .items[*]}{.kind}{" "}{.metadata.namespace}{" "}{.metadata.name}{"\n"}{end}'

# Every RBAC object of ours, bindings first.
present() {
  kubectl get "$kinds" --all-namespaces --selector app.kubernetes.io/managed-by=kube-oidc --output jsonpath="$fields" |
    sed 's/  / - /'
}

start=$SECONDS
while true; do
  if found=$(present); then
    missing=$(comm -23 <(sort "$EXPECTED") <(sort <<<"$found"))
    [ -z "$missing" ] && break
  else
    missing="(the API server did not answer)"
  fi
  if ((SECONDS - start >= APPLY_SECONDS)); then
    say "these grants are not in the cluster after $APPLY_SECONDS s:"
    echo "$missing"
    exit 1
  fi
  say "waiting for the grants to be applied: $((SECONDS - start)) s of $APPLY_SECONDS s"
  sleep 3
done

# In the order in which they were found: a binding goes before its role.
grep --fixed-strings --line-regexp --invert-match --file "$EXPECTED" <<<"$found" | while read -r kind namespace name; do
  [ -n "$kind" ] || continue
  say "revoking $kind $namespace $name"
  if [ "$namespace" = - ]; then
    kubectl delete "$kind" "$name"
  else
    kubectl delete "$kind" "$name" --namespace "$namespace"
  fi
done

say "the cluster has the grants of this generation and no others"
