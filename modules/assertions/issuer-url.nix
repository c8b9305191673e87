# Pure: how one issuer's URL is written. What Kubernetes takes and no token ever has, too.
{ lib }:
let
  providers = import ../providers.nix { inherit lib; };

  advice =
    provider:
    let
      ways = providers.urlOptions provider;
    in
    if ways == [ ] then
      "set url"
    else
      "set url, or ${lib.concatStringsSep ", or " ways} for provider = \"${provider}\"";
in
# Where the issuer is, and the issuer.
at: issuer:
let
  set = providers.parametersOf issuer;
  made = providers.url issuer;
  noPath = providers.noPath issuer.provider;
  host = if issuer.host == null then "" else providers.bareHost issuer.host;
in
[
  {
    assertion = issuer.url != null;
    message = "${at}.url is not set and nothing makes it: ${advice issuer.provider}.";
  }
  {
    assertion = issuer.host == null || issuer.host == host;
    message = "${at}.host is ${builtins.toJSON issuer.host}, and neither a scheme nor a slash at the end belongs there: write host = ${builtins.toJSON host}.";
  }
  {
    assertion = noPath == null || !(lib.hasInfix "/" host);
    message = "${at}.host is ${builtins.toJSON issuer.host}. ${toString noPath}.";
  }
  {
    assertion = issuer.url == null || set == [ ] || issuer.url == made;
    message = "${at} has url, and ${lib.concatStringsSep " and " set} beside it${
      if made == null then ", which makes no URL" else ", which makes another one (${made})"
    }: keep one of the two.";
  }
  {
    assertion = builtins.match ".*[[:space:]].*" (toString issuer.url) == null;
    message = "${at}.url is ${builtins.toJSON issuer.url}, and no issuer's URL has white space in it: remove it, or write it as the token's iss has it (%20).";
  }
]
