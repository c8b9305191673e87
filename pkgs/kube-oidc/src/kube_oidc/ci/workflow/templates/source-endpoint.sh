answer=$(printf 'Authorization: bearer %s' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
  curl --disable --silent --show-error --fail --retry 3 --max-time 10 --header @- --write-out '\n%{http_code}' \
    --get --data-urlencode "audience=$AUDIENCE" "$ACTIONS_ID_TOKEN_REQUEST_URL") || true
code=${answer##*$'\n'}
case $code in
  200) ;;
  000 | "") fail "the forge's token endpoint didn't respond, see curl's error; for a private CA set CURL_CA_BUNDLE" ;;
  401 | 403) fail "the forge responded $code: a request token is only valid for its own job while it runs" ;;
  404 | 405) fail "the forge responded $code: no token endpoint there; is it below a path, or behind a proxy?" ;;
  500) fail "the forge responded 500: see its log; Forgejo also responds like this once the job is over" ;;
  *) fail "the forge responded $code instead of a token: is there a login page or a proxy?" ;;
esac
[[ $answer =~ \"value\"[[:space:]]*:[[:space:]]*\"([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)\" ]] ||
  fail "the forge's response contains no ID token: is there a login page or a proxy?"
token=${BASH_REMATCH[1]}
