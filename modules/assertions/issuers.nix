# Pure: each issuer, and the issuers compared with each other.
{ lib }:
cfg:
let
  providers = import ../providers.nix { inherit lib; };
  url = import ./issuer-url.nix { inherit lib; };

  option =
    name:
    lib.showOption [
      "services"
      "kube-oidc"
      "issuers"
      name
    ];

  # Kubernetes ignores a trailing slash when it compares url with discoveryURL, and only then.
  bare = lib.removeSuffix "/";

  # Names of the issuers that share a value with another one: [ [ "a" "b" ] ].
  sharing =
    field:
    let
      named = lib.filter (item: item.value != null) (
        lib.mapAttrsToList (name: issuer: {
          inherit name;
          value = issuer.${field};
        }) cfg.issuers
      );
    in
    lib.filter (names: lib.length names > 1) (
      builtins.attrValues (lib.mapAttrs (_: map (item: item.name)) (lib.groupBy (item: item.value) named))
    );

  unique =
    field:
    map (names: {
      assertion = false;
      message = "${
        lib.concatMapStringsSep " and " (name: "${option name}.${field}") names
      } are the same, but Kubernetes requires a unique ${field} for each issuer: merge them into one issuer with all their audiences.";
    }) (sharing field);

  # A mapping is a claim with a prefix, or an expression.
  mapping =
    name: field: value: example:
    let
      at = "${option name}.claimMappings.${field}";
    in
    [
      {
        assertion = value.claim == null || value.expression == null;
        message = "${at} has both claim and expression: keep one of them (claim = null removes the provider's default).";
      }
      {
        assertion = value.claim != null -> value.expression != null || value.prefix != null;
        message = "${at}.prefix is missing, but Kubernetes requires it with claim: set it, for example prefix = \"${name}:\"${example}.";
      }
      {
        assertion = !(lib.hasPrefix "system:" (toString value.prefix));
        message = "${at}.prefix is ${builtins.toJSON value.prefix}, but names that start with system: are reserved for Kubernetes: this issuer could turn the group masters into system:masters. Set another prefix, or rename the issuer, whose name is the default.";
      }
      {
        assertion = value.expression != null -> value.claim != null || value.prefix == null;
        message = "${at} has both prefix and expression: make the prefix part of the expression, \"'${name}:' + …\".";
      }
    ];

  one =
    name: issuer:
    let
      at = option name;
      maps = issuer.claimMappings;
      twice = lib.filter (audience: lib.count (other: other == audience) issuer.audiences > 1) (
        lib.unique issuer.audiences
      );
      file = issuer.certificateAuthorityFile;
      isReadable = file == null || builtins.pathExists file;
      authority =
        if file == null then
          toString issuer.certificateAuthority
        else
          lib.optionalString isReadable (builtins.readFile file);
    in
    url at issuer
    ++ [
      {
        assertion = issuer.audiences != [ ];
        message = "${at}.audiences is empty, but Kubernetes requires at least one: ${
          providers.all.${issuer.provider}.audience
        }. For example audiences = [ \"kubernetes.example.org\" ].";
      }
      {
        assertion = twice == [ ];
        message = "${at}.audiences has ${
          lib.concatMapStringsSep " and " builtins.toJSON twice
        } twice, which Kubernetes rejects: remove one of them (the lists of all modules are concatenated).";
      }
      {
        assertion = lib.length issuer.audiences > 1 -> issuer.audienceMatchPolicy == "MatchAny";
        message = "${at}.audienceMatchPolicy must be \"MatchAny\" with several audiences: remove your definition, it is the default.";
      }
      {
        assertion = issuer.url != null -> !(lib.elem issuer.url cfg.apiServer.serviceAccountIssuers);
        message = "${at}.url is ${toString issuer.url}, the API server's own service account issuer, whose tokens it already accepts: remove the issuer, or change ${
          if cfg.distribution == "kubernetes" then
            "services.kubernetes.apiserver.serviceAccountIssuer"
          else
            "it with ${cfg.apiServer.flagForm "service-account-issuer=https://…"} in ${cfg.apiServer.flagsOption}"
        }.";
      }
      {
        assertion =
          issuer.discoveryURL != null -> issuer.url == null || bare issuer.discoveryURL != bare issuer.url;
        message = "${at}.discoveryURL equals url: remove it, or set it to the URL of the document, which ends in /.well-known/openid-configuration.";
      }
      {
        assertion = issuer.certificateAuthority == null || issuer.certificateAuthorityFile == null;
        message = "${at} has both certificateAuthority and certificateAuthorityFile: keep one of them.";
      }
      {
        assertion = isReadable;
        message = "${at}.certificateAuthorityFile is ${toString file}, which can't be read during evaluation: it doesn't exist, or it is outside the flake, like everything under /run and /etc. Add the certificates, which aren't secret, to the configuration as ./ca.pem (tracked by git), or set certificateAuthority.";
      }
      {
        assertion = !(lib.hasInfix "PRIVATE KEY-----" authority);
        message = "${at}.${
          if file == null then "certificateAuthority" else "certificateAuthorityFile"
        } contains a private key, which every user of this machine could read from the store and from /etc: keep only the certificates. If it was built before, replace the key.";
      }
      {
        assertion = maps.username.claim != null || maps.username.expression != null;
        message = "${at}.claimMappings.username is empty, but every token needs a user name: set claim and prefix, for example { claim = \"sub\"; prefix = \"${name}:\"; }.";
      }
      {
        assertion = maps.uid.claim == null || maps.uid.expression == null;
        message = "${at}.claimMappings.uid has both claim and expression: keep one of them.";
      }
    ]
    ++
      mapping name "username" maps.username
        " (\"\" means no prefix: the issuer can then choose any user name)"
    ++ mapping name "groups" maps.groups " (\"\" means no prefix: the issuer can then choose any group)";
in
[
  {
    assertion = lib.length (builtins.attrNames cfg.issuers) <= 64;
    message = "services.kube-oidc.issuers has ${toString (lib.length (builtins.attrNames cfg.issuers))} issuers, but Kubernetes accepts at most 64: remove some of them.";
  }
]
++ unique "url"
++ unique "discoveryURL"
++ lib.concatLists (lib.mapAttrsToList one cfg.issuers)
