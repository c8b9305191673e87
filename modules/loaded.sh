# Waits until the API server has loaded the file of this generation, and fails with its own reason when it refused it.
#
# CONFIG            the file                      KUBECONFIG  of someone who may read /metrics
# UNIT              the API server's unit         SAYS_HASH   1 from Kubernetes 1.34, whose metrics say what is loaded
# START_SECONDS     how long the API server may take to answer at all
# RELOAD_SECONDS    how long it may take to load the file; it looks at it once a minute

say() { echo "kube-oidc: $*"; }

# When the file took its place: the file itself, or the link through which NixOS switches all of /etc.
changed() { stat --format=%Z "$CONFIG" /etc/static 2>/dev/null | sort --numeric-sort | tail -n 1; }

# When the API server last refused a file, in Unix seconds; 0 if it never did.
refused() {
  local metric=apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds
  printf '%.0f' "$(kubectl get --raw /metrics | sed -n "s/^$metric{.*status=\"failure\".*} //p")"
}

# What the API server wrote about the file since it took its place.
reason() {
  local lines
  lines=$(journalctl --unit "$UNIT" --since "@$(changed)" --output cat --quiet --no-pager 2>&1 |
    grep --ignore-case --after-context 5 'authentication config' | tail -n 20)
  say "what $UNIT said of it:"
  echo "${lines:-(nothing)}"
}

status() { report=$(kube-oidc status --only server --kubeconfig "$KUBECONFIG" --config "$CONFIG" 2>&1); }

report=

answered() { grep --quiet '(v1\.' <<<"$report"; }

start=$SECONDS
until status || answered; do
  if ((SECONDS - start >= START_SECONDS)); then
    echo "$report"
    say "the API server has not answered within $START_SECONDS s"
    reason
    exit 1
  fi
  say "waiting for the API server to answer: $((SECONDS - start)) s of $START_SECONDS s"
  sleep 3
done

if [ "$SAYS_HASH" != 1 ]; then
  echo "$report"
  say "before Kubernetes 1.34 an API server does not say which file it has loaded. It looks at $CONFIG once a minute;"
  say "the counts of reloads above say how often that went well."
  exit 0
fi

start=$SECONDS
until status; do
  if [ "$(refused)" -ge "$(changed)" ]; then
    echo "$report"
    say "the API server refused $CONFIG and goes on with the file before it"
    reason
    exit 1
  fi
  if ((SECONDS - start >= RELOAD_SECONDS)); then
    echo "$report"
    say "the API server has not loaded $CONFIG within $RELOAD_SECONDS s"
    reason
    exit 1
  fi
  say "waiting for the API server to load $CONFIG: $((SECONDS - start)) s of $RELOAD_SECONDS s"
  sleep 3
done

echo "$report"
say "the API server has loaded $CONFIG"
