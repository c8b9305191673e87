# Pure: the issuers, one by one and beside one another.
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

  # The same address with and without a slash at its end is one address.
  bare = lib.removeSuffix "/";

  # Names of the issuers that share a value with another one: [ [ "a" "b" ] ].
  sharing =
    field:
    let
      named = lib.filter (item: item.value != null) (
        lib.mapAttrsToList (name: issuer: {
          inherit name;
          value = if issuer.${field} == null then null else bare issuer.${field};
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
      } are the same: Kubernetes takes one issuer per ${field}. Make one issuer of them, with all their audiences.";
    }) (sharing field);

  # A mapping is a claim with a prefix, or an expression alone.
  mapping =
    name: field: value: example:
    let
      at = "${option name}.claimMappings.${field}";
    in
    [
      {
        assertion = value.claim == null || value.expression == null;
        message = "${at} has claim and expression: keep one of the two (claim = null takes the provider's away).";
      }
      {
        assertion = value.claim != null -> value.expression != null || value.prefix != null;
        message = "${at}.prefix is missing, and Kubernetes needs one beside a claim: set it, for example prefix = \"${name}:\"${example}.";
      }
      {
        assertion = !(lib.hasPrefix "system:" (toString value.prefix));
        message = "${at}.prefix is ${builtins.toJSON value.prefix}, and names that begin with system: are Kubernetes' own: this issuer could make system:masters of the group masters. Set another prefix (or call the issuer otherwise, whose name is the default).";
      }
      {
        assertion = value.expression != null -> value.claim != null || value.prefix == null;
        message = "${at}.prefix stands beside expression: write the prefix into the expression, \"'${name}:' + …\".";
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
        message = "${at}.audiences is empty, and Kubernetes needs at least one: ${
          providers.all.${issuer.provider}.audience
        }. For example audiences = [ \"kubernetes.example.org\" ].";
      }
      {
        assertion = twice == [ ];
        message = "${at}.audiences has ${
          lib.concatMapStringsSep " and " builtins.toJSON twice
        } twice, and Kubernetes refuses that: leave it out in one place (the lists of all modules are put together).";
      }
      {
        assertion = lib.length issuer.audiences > 1 -> issuer.audienceMatchPolicy == "MatchAny";
        message = "${at}.audienceMatchPolicy must be \"MatchAny\" with several audiences: remove your value, it is the default then.";
      }
      {
        assertion = issuer.url != null -> !(lib.elem issuer.url cfg.apiServer.serviceAccountIssuers);
        message = "${at}.url is ${toString issuer.url}, the API server's own service-account issuer, whose tokens it accepts already: remove the issuer, or change ${
          if cfg.distribution == "kubernetes" then
            "services.kubernetes.apiserver.serviceAccountIssuer"
          else
            "it by ${cfg.apiServer.flagForm "service-account-issuer=https://…"} in ${cfg.apiServer.flagsOption}"
        }.";
      }
      {
        assertion =
          issuer.discoveryURL != null -> issuer.url == null || bare issuer.discoveryURL != bare issuer.url;
        message = "${at}.discoveryURL is the same as url: leave it out, or name the document itself, which ends in /.well-known/openid-configuration.";
      }
      {
        assertion = issuer.certificateAuthority == null || issuer.certificateAuthorityFile == null;
        message = "${at} has certificateAuthority and certificateAuthorityFile: keep one of the two.";
      }
      {
        assertion = isReadable;
        message = "${at}.certificateAuthorityFile is ${toString file}, which evaluation can't read: it is not there, or it is outside the flake, as everything under /run and /etc is. Put the certificates (no secret) beside the configuration, as ./ca.pem and known to git, or into certificateAuthority.";
      }
      {
        assertion = !(lib.hasInfix "PRIVATE KEY-----" authority);
        message = "${at}.${
          if file == null then "certificateAuthority" else "certificateAuthorityFile"
        } has a private key in it, which everyone on this machine could read from the store and from /etc: leave only the certificates. The key is to be replaced if it was built in already.";
      }
      {
        assertion = maps.username.claim != null || maps.username.expression != null;
        message = "${at}.claimMappings.username is empty, and every token needs a user name: set claim and prefix, for example { claim = \"sub\"; prefix = \"${name}:\"; }.";
      }
      {
        assertion = maps.uid.claim == null || maps.uid.expression == null;
        message = "${at}.claimMappings.uid has claim and expression: keep one of the two.";
      }
    ]
    ++
      mapping name "username" maps.username
        " (\"\" means none: then the issuer chooses every user name)"
    ++ mapping name "groups" maps.groups " (\"\" means none: then the issuer chooses every group)";
in
[
  {
    assertion = lib.length (builtins.attrNames cfg.issuers) <= 64;
    message = "services.kube-oidc.issuers has ${toString (lib.length (builtins.attrNames cfg.issuers))} issuers, and Kubernetes takes at most 64: remove some, or let one issuer vouch for several.";
  }
]
++ unique "url"
++ unique "discoveryURL"
++ lib.concatLists (lib.mapAttrsToList one cfg.issuers)
