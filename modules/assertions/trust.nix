# Pure: which of an issuer's tokens are trusted.
{ lib }:
cfg:
let
  providers = import ../providers.nix { inherit lib; };
  trust = import ../trust.nix { inherit lib; };

  one =
    name: issuer:
    let
      option = lib.showOption [
        "services"
        "kube-oidc"
        "issuers"
        name
      ];
      provider = providers.all.${issuer.provider};
      set = lib.filter (item: issuer.trust.${item} != null) trust.lists;
      isConstant = item: providers.claimOf issuer.provider item ? constant;
      offered = lib.filter (item: provider.trust ? ${item} && !(isConstant item)) (
        trust.lists ++ [ "protectedRefsOnly" ]
      );

      # The provider whose tokens anyone can get, even if `provider` isn't set.
      sharedBy = providers.sharedUrls.${lib.removeSuffix "/" (toString issuer.url)} or null;
      # A pattern for the owner pins no one: owners choose their names.
      isPin =
        item: value:
        builtins.match (if item == "repositories" then "[^*]+/.*" else "[^*]+") value != null;
      pinClaims = lib.optionals (sharedBy != null) (
        map (item: providers.all.${sharedBy}.trust.${item}) providers.all.${sharedBy}.pins
      );
      words = text: lib.filter builtins.isString (builtins.split "[^A-Za-z0-9_]+" text);
      mentionsPin =
        rule:
        lib.elem rule.claim pinClaims
        || lib.any (claim: lib.elem claim (words (toString rule.expression))) pinClaims;
      isPinned =
        lib.any (
          item: issuer.trust.${item} != null && lib.all (isPin item) issuer.trust.${item}
        ) provider.pins
        || lib.any mentionsPin issuer.claimValidationRules;
    in
    map (item: {
      assertion = provider.trust ? ${item};
      message =
        "${option}.trust.${item}: tokens of ${provider.title} (provider = \"${issuer.provider}\") don't have this claim. "
        + (
          if offered == [ ] then
            "Use ${option}.claimValidationRules, or set provider."
          else
            "Use ${lib.concatStringsSep ", " offered}, or ${option}.claimValidationRules."
        );
    }) (set ++ lib.optional issuer.trust.protectedRefsOnly "protectedRefsOnly")
    ++ lib.optional (issuer.trust.protectedRefsOnly && isConstant "protectedRefsOnly") {
      assertion = false;
      message = "${option}.trust.protectedRefsOnly would reject every token: ${
        (providers.claimOf issuer.provider "protectedRefsOnly").constantReason
      }.";
    }
    ++ map (item: {
      assertion = issuer.trust.${item} != [ ];
      message = "${option}.trust.${item} is an empty list, which no token matches: list the trusted values, or set it to null for no rule.";
    }) set
    ++ map (item: {
      assertion = !(lib.any (value: builtins.match "[*]*" value != null) issuer.trust.${item});
      message = "${option}.trust.${item} has ${
        builtins.toJSON (lib.findFirst (value: builtins.match "[*]*" value != null) "" issuer.trust.${item})
      }, which also matches a token without the claim: list the trusted values, or set it to null for no rule.";
    }) set
    ++ map (ref: {
      assertion = false;
      message = "${option}.trust.refs has ${builtins.toJSON ref}, but ${provider.title} uses full refs: write \"refs/heads/${ref}\" or \"refs/tags/${ref}\".";
    }) (
      lib.filter (ref: !(providers.isFullRef issuer.provider ref)) (
        if issuer.trust.refs == null then [ ] else issuer.trust.refs
      )
    )
    ++ [
      {
        assertion = sharedBy == null || isPinned || issuer.trust.anyOwner;
        message = "${option}: ${toString issuer.url} issues tokens to everyone at ${
          providers.all.${toString sharedBy}.title or "it"
        }, and no rule pins an owner (a pattern isn't enough: anyone can choose a matching name). Set ${
          lib.concatMapStringsSep " or " (item: "${option}.trust.${item}") (
            providers.all.${toString sharedBy}.pins or [ ]
          )
        }${
          lib.optionalString (sharedBy != issuer.provider) " (with provider = \"${toString sharedBy}\")"
        }; to trust everyone there, set ${option}.trust.anyOwner = true.";
      }
    ];
in
lib.concatLists (lib.mapAttrsToList one cfg.issuers)
