# Waits until this machine's API server has loaded the file of this generation, and fails with its own reason when it
# refused it.
#
# CONFIG            the file                      KUBECONFIG  of someone who may read /metrics
# UNIT              the API server's unit         SAYS_HASH   1 from Kubernetes 1.34, whose metrics say what is loaded
# LOGS              pattern of the API server's log files, where its log is not in the journal of UNIT; else empty
# SERVER            URL of this machine's API server, where the kubeconfig may lead to another one; else empty
# START_SECONDS     how long the API server may take to answer at all
# RELOAD_SECONDS    how long it may take to load the file

export LC_ALL=C
prefix=apiserver_authentication_config_controller
failures='"failed to (read|load|validate|update) authentication config'
metrics=''
problem=''
failed=0
answered=''

say() { echo "kube-oidc: $*"; }

# Of several API servers this machine's own is asked, by the name that the kubeconfig has for them all: its certificate
# has that name too.
server=()
own() {
  local url name
  url=$(kubectl config view --minify --output 'jsonpath={.clusters[0].cluster.server}') || return 1
  name=$(sed --regexp-extended 's,^https://(\[([^]]+)\]|([^:/]+)).*,\2\3,' <<<"$url")
  server=(--server "$SERVER" --tls-server-name "$name")
}

# Whether the API server answers: its metrics, or why not.
ask() {
  if [ ! -r "$KUBECONFIG" ]; then
    problem="$KUBECONFIG is not there"
    return 1
  fi
  if [ -n "$SERVER" ] && ! own; then
    problem="$KUBECONFIG can't be used"
    return 1
  fi
  if metrics=$(kubectl "${server[@]}" get --raw /metrics --request-timeout 10s 2>&1); then
    metrics=$(grep --extended-regexp "^($prefix|process_start_time_seconds)" <<<"$metrics") || true
  else
    problem=$metrics
    return 1
  fi
}

# Milliseconds since 1970, of a time that stands in the metrics; 0 where it does not.
time_of() {
  local value
  value=$(printf '%.3f' "$(sed --quiet "s/^$1.* //p" <<<"$metrics")")
  echo "$((10#${value/./}))"
}

reloaded() { time_of "${prefix}_automatic_reload_last_timestamp_seconds{.*status=\"$1\""; }

# When the file took its place, in milliseconds since 1970: the file itself, or the link through which NixOS switches
# all of /etc; now, where neither has a time of its own (an /etc that is a file system image).
changed() {
  local latest
  latest=$(stat --format=%.3Z "$CONFIG" /etc/static 2>/dev/null | sort --numeric-sort | tail --lines 1)
  latest=${latest/./}
  if ((10#${latest:-0} > 0)); then echo "$latest"; else date +%s%3N; fi
}

loaded() {
  if [ "$SAYS_HASH" = 1 ]; then
    [[ $metrics == *"hash=\"sha256:$(sha256sum "$CONFIG" | cut --delimiter ' ' --fields 1)\""* ]]
  else
    (($(time_of process_start_time_seconds) >= since || $(reloaded success) >= since))
  fi
}

# What the API server wrote of its file and of its issuers since the file took its place, or since it last refused one.
log() {
  local from=$((failed > 0 && failed < since ? failed : since))
  {
    if [ -n "$LOGS" ]; then
      # shellcheck disable=SC2086 # a pattern
      tail --quiet --lines 5000 $LOGS
    else
      journalctl --unit "$UNIT" --since "@$((from / 1000 - 1))" --output cat --quiet --no-pager
    fi
  } 2>&1 | grep --extended-regexp --after-context 5 "$failures|oidc authenticator: initializing plugin"
}

# "load", "validate": refused for good. "read", "update" (an issuer does not answer): tried again. Empty: not known.
failure() { log | sed --quiet --regexp-extended "s/.*$failures.*/\1/p" | tail --lines 1; }

# What the API server says now.
report() {
  local only=servers
  [ -n "$SERVER" ] || only=server
  kube-oidc status --only "$only" --kubeconfig "$KUBECONFIG" --config "$CONFIG" "${server[@]}" || true
}

fail() {
  local lines
  [ -z "$answered" ] || report
  say "$1"
  lines=$(log | tail --lines 20) || true
  say "what the API server wrote of it:"
  echo "${lines:-(nothing)}"
  exit 1
}

# Tells of it now and then; fails when the time is up.
waiting() {
  local since_start=$((SECONDS - start))
  ((since_start < $2)) || return 1
  if ((since_start >= told)); then
    say "waiting for the API server to $1: $since_start s of $2 s"
    told=$((since_start + 9))
  fi
  sleep 1
}

since=$(changed)
start=$SECONDS
told=0
until ask; do
  waiting answer "$START_SECONDS" || fail "the API server has not answered within $START_SECONDS s: $problem"
done

answered=1
start=$SECONDS
told=0
unreachable=''
until loaded; do
  failed=$(reloaded failure)
  if ((failed >= since)); then
    case $(failure) in
    load | validate) fail "the API server refused $CONFIG and goes on with the file before it" ;;
    update)
      [ -n "$unreachable" ] || say "an issuer does not answer: the API server goes on with the file before it and tries again"
      unreachable=1
      ;;
    esac
  fi
  waiting "load $CONFIG" "$RELOAD_SECONDS" || break
  ask || true
done

if loaded; then
  report
  say "the API server has loaded $CONFIG"
elif [ -n "$unreachable" ] || log | grep --quiet 'initializing plugin'; then
  fail "the API server has not loaded $CONFIG within $RELOAD_SECONDS s, because an issuer does not answer. It tries again once a minute; to look again: systemctl restart kube-oidc-loaded"
elif [ "$SAYS_HASH" != 1 ]; then
  report
  say "before Kubernetes 1.34 an API server does not say which file it has loaded, and this one has reported no reload"
  say "within $RELOAD_SECONDS s: $CONFIG may be the file that it had before."
elif ! grep --quiet "${prefix}_last_config_info" <<<"$metrics"; then
  fail "the API server says of no file that it has loaded it: is --authentication-config on its command line?"
elif ((failed > $(reloaded success))); then
  fail "the API server has not loaded $CONFIG within $RELOAD_SECONDS s; the last file that it tried, it did not take"
else
  fail "the API server has not loaded $CONFIG within $RELOAD_SECONDS s"
fi
