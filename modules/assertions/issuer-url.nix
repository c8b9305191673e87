# Pure: one issuer's URL, including what Kubernetes accepts but no token contains.
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
      "set url, or ${lib.concatStringsSep ", or " ways} for provider = \"${provider}\"${meaningsOf provider}";

  # " (organization: the organization's UUID)"
  meaningsOf =
    provider:
    let
      known = providers.all.${provider}.parameters or { };
    in
    lib.optionalString (known != { }) " (${
      lib.concatStringsSep "; " (lib.mapAttrsToList (name: meaning: "${name}: ${meaning}") known)
    })";
in
# The issuer's option, and the issuer.
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
    message = "${at}.url is not set: ${advice issuer.provider}.";
  }
  {
    assertion = issuer.host == null || issuer.host == host;
    message = "${at}.host is ${builtins.toJSON issuer.host}, but it must not contain a scheme or a trailing slash: write host = ${builtins.toJSON host}.";
  }
  {
    assertion = noPath == null || !(lib.hasInfix "/" host);
    message = "${at}.host is ${builtins.toJSON issuer.host}. ${toString noPath}.";
  }
  {
    assertion = issuer.url == null || set == [ ] || issuer.url == made;
    message = "${at} has both url and ${lib.concatStringsSep " and " set}${
      if made == null then ", which has no effect" else ", which results in another URL (${made})"
    }: keep one of them.";
  }
  {
    assertion = builtins.match ".*[[:space:]].*" (toString issuer.url) == null;
    message = "${at}.url is ${builtins.toJSON issuer.url}, but a URL can't contain white space: remove it, or write it as in the token's iss (%20).";
  }
]
