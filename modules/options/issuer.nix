# One issuer: the fields of JWTAuthenticator under their own names, and what its provider knows.
{ lib }:
let
  inherit (lib) mkOption types;
  providers = import ../providers.nix { inherit lib; };
  mappings = import ./claim-mappings.nix { inherit lib providers; };
  json = import ./json.nix { inherit lib; };
  record = import ./record.nix { inherit lib; };
  optionalString = types.nullOr types.nonEmptyStr;

  # An option whose value is part of some providers' URL.
  parameter =
    description: example:
    mkOption {
      type = optionalString;
      default = null;
      inherit example description;
    };

  # "Part of the issuer's URL. CircleCI: the organization's UUID; …", from the providers' files.
  meaningsOf =
    name:
    let
      describing = lib.filterAttrs (_: provider: provider ? parameters.${name}) providers.all;
    in
    "Part of the issuer's URL. ${
      lib.concatStringsSep "; " (
        lib.mapAttrsToList (_: provider: "${provider.title}: ${provider.parameters.${name}}") describing
      )
    }.";
in
record {
  defaults =
    { name, config }:
    {
      url = providers.url config;
      audienceMatchPolicy = if lib.length config.audiences > 1 then "MatchAny" else null;
      claimMappings = mappings.defaults { inherit name config; };
      trust.events = providers.all.${config.provider}.events.default or null;
    };

  options = {
    provider = mkOption {
      type = types.enum providers.names;
      default = "generic";
      example = "forgejo";
      description = ''
        Type of issuer. It sets {option}`url` from {option}`host` and the options next to it, maps the user name,
        determines which claims {option}`trust` can pin and which events are trusted, and builds the user names of
        {option}`services.kube-oidc.grants.<name>.workload`. `generic` sets nothing.
      '';
    };

    host = parameter "Host name (with port and path, if any) of the provider's instance." "git.example.org";
    organization = parameter (meaningsOf "organization") "11111111-2222-3333-4444-555555555555";
    realm = parameter (meaningsOf "realm") "main";
    application = parameter (meaningsOf "application") "kubernetes";
    client = parameter (meaningsOf "client") "kubernetes";

    url = mkOption {
      type = optionalString;
      default = null;
      defaultText = lib.literalMD "built by {option}`provider` from {option}`host`, {option}`organization`, {option}`realm`, {option}`application` or {option}`client`";
      example = "https://git.example.org/api/actions";
      description = ''
        `issuer.url`: must equal the token's `iss` exactly. Discovery is fetched from
        `<url>/.well-known/openid-configuration` unless {option}`discoveryURL` is set.
      '';
    };

    discoveryURL = mkOption {
      type = optionalString;
      default = null;
      example = "https://forgejo.internal/api/actions/.well-known/openid-configuration";
      description = "`issuer.discoveryURL`: another URL to fetch discovery from.";
    };

    certificateAuthority = mkOption {
      type = types.nullOr types.lines;
      default = null;
      example = "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n";
      description = ''
        `issuer.certificateAuthority`: PEM certificates that sign the certificate of the discovery URL, inline. By
        default, the system's certificates are used.
      '';
    };

    certificateAuthorityFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "./ca.pem";
      description = "File to read {option}`certificateAuthority` from during evaluation. It must be part of the configuration, not under /run or /etc.";
    };

    audiences = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "kubernetes.example.org" ];
      description = ''
        `issuer.audiences`: the token's `aud` must contain one of them. At least one is required. Choose a name
        that only this cluster uses, so that tokens for other services can't be replayed here.
      '';
    };

    audienceMatchPolicy = mkOption {
      type = types.nullOr (
        types.enum [
          ""
          "MatchAny"
        ]
      );
      default = null;
      defaultText = lib.literalMD "`\"MatchAny\"` with several {option}`audiences`, else `null`";
      example = "MatchAny";
      description = "`issuer.audienceMatchPolicy`: Kubernetes requires `MatchAny` with several audiences.";
    };

    egressSelectorType = mkOption {
      type = types.nullOr (
        types.enum [
          "controlplane"
          "cluster"
        ]
      );
      default = null;
      example = "cluster";
      description = "`issuer.egressSelectorType`: the egress selector used to fetch discovery; Kubernetes 1.34.";
    };

    claimMappings = mappings.options;

    claimValidationRules = mkOption {
      type = types.listOf (record { options = import ./claim-validation-rule.nix { inherit lib; }; });
      default = [ ];
      example = [
        {
          expression = "claims.exp - claims.iat <= 3600";
          message = "the token must expire within an hour";
        }
      ];
      description = ''
        `claimValidationRules`: further conditions on the token, after those generated from {option}`trust`. All of
        them must hold.
      '';
    };

    userValidationRules = mkOption {
      type = types.listOf (record { options = import ./user-validation-rule.nix { inherit lib; }; });
      default = [ ];
      example = [
        {
          expression = "!user.username.startsWith('system:')";
          message = "names that start with system: are reserved for Kubernetes";
        }
      ];
      description = "`userValidationRules`: conditions on the resulting user.";
    };

    trust = import ./trust.nix { inherit lib; };

    settings = mkOption {
      type = json.object;
      default = { };
      example = {
        issuer.someLaterField = true;
      };
      description = ''
        Further fields of this entry of `jwt`, free-form, for fields that later versions of Kubernetes add. Merged
        last and deeply: a field set here overrides the option that would set it, and a list replaces the whole
        list.
      '';
    };
  };
}
