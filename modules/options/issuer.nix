# One issuer: the fields of JWTAuthenticator under their own names, and what its provider knows to set.
{ lib }:
let
  inherit (lib) mkOption types;
  providers = import ../providers.nix { inherit lib; };
  mappings = import ./claim-mappings.nix { inherit lib; };
  optionalString = types.nullOr types.nonEmptyStr;

  # An option whose value makes the URL of some providers.
  parameter =
    description: example:
    mkOption {
      type = optionalString;
      default = null;
      inherit example description;
    };
in
types.submodule (
  { name, config, ... }:
  {
    options = {
      provider = mkOption {
        type = types.enum providers.names;
        default = "generic";
        example = "forgejo";
        description = ''
          Kind of issuer. It makes {option}`url` from {option}`host` and its kin, maps the user name, says which
          claims {option}`trust` can pin and which events are trusted, and makes the user names of
          {option}`services.kube-oidc.grants.<name>.workload`. `generic` knows nothing and sets nothing.
        '';
      };

      host = parameter "Host name (and port) of the provider's instance, with the path below which it lies, if any." "git.example.org";
      organization = parameter "CircleCI: UUID of the organization. Microsoft Entra: id of the tenant. GitHub: slug of an enterprise that has its own issuer. Vercel: slug of the team." "11111111-2222-3333-4444-555555555555";
      realm = parameter "Keycloak: name of the realm. Amazon Cognito: id of the user pool." "main";
      application = parameter "authentik: slug of the application." "kubernetes";
      client = parameter "Kanidm: name of the OAuth2 client, which is part of the issuer's URL." "kubernetes";

      url = mkOption {
        type = optionalString;
        default = providers.url config;
        defaultText = lib.literalMD "made by {option}`provider` from {option}`host` and its kin";
        example = "https://git.example.org/api/actions";
        description = ''
          `issuer.url`: must equal the token's `iss` to the letter. Discovery is fetched from
          `<url>/.well-known/openid-configuration` unless {option}`discoveryURL` says otherwise.
        '';
      };

      discoveryURL = mkOption {
        type = optionalString;
        default = null;
        example = "https://forgejo.internal/api/actions/.well-known/openid-configuration";
        description = "`issuer.discoveryURL`: where discovery is fetched instead; Kubernetes 1.30.";
      };

      certificateAuthority = mkOption {
        type = types.nullOr types.lines;
        default = null;
        example = "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n";
        description = ''
          `issuer.certificateAuthority`: PEM certificates that vouch for the discovery URL, in the text itself.
          Without it the system's own are used.
        '';
      };

      certificateAuthorityFile = mkOption {
        type = types.nullOr types.path;
        default = null;
        example = lib.literalExpression "./ca.pem";
        description = "File that {option}`certificateAuthority` is read from during evaluation: it lies beside the configuration, not under /run or /etc.";
      };

      audiences = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "kubernetes.example.org" ];
        description = ''
          `issuer.audiences`: the token's `aud` must contain one of them. At least one is needed. Choose a name
          that only this cluster uses: a token for another audience can't be replayed here.
        '';
      };

      audienceMatchPolicy = mkOption {
        type = types.nullOr (
          types.enum [
            ""
            "MatchAny"
          ]
        );
        default = if lib.length config.audiences > 1 then "MatchAny" else null;
        defaultText = lib.literalMD "`\"MatchAny\"` with several {option}`audiences`, else `null`";
        example = "MatchAny";
        description = "`issuer.audienceMatchPolicy`: Kubernetes needs `MatchAny` with several audiences; 1.30.";
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
        description = "`issuer.egressSelectorType`: through which egress selector discovery is fetched; Kubernetes 1.34.";
      };

      claimMappings = mappings { inherit name config; };

      claimValidationRules = mkOption {
        type = types.listOf (types.submodule (import ./claim-validation-rule.nix { inherit lib; }));
        default = [ ];
        example = [
          {
            expression = "claims.exp - claims.iat <= 3600";
            message = "the token lives longer than an hour";
          }
        ];
        description = ''
          `claimValidationRules`: what else a token must fulfil, after what {option}`trust` makes. All of them must
          hold.
        '';
      };

      userValidationRules = mkOption {
        type = types.listOf (types.submodule (import ./user-validation-rule.nix { inherit lib; }));
        default = [ ];
        example = [
          {
            expression = "!user.username.startsWith('system:')";
            message = "names that begin with system: belong to Kubernetes";
          }
        ];
        description = "`userValidationRules`: what the user must fulfil that the token became.";
      };

      trust = import ./trust.nix { inherit lib config; };

      settings = mkOption {
        type = (import ./json.nix { inherit lib; }).object;
        default = { };
        example = {
          issuer.someLaterField = true;
        };
        description = ''
          Further fields of this entry of `jwt`, free-form, for what later versions of Kubernetes bring. Merged
          last and deeply: a field here wins over the option that would write it, and a list replaces the whole
          list.
        '';
      };
    };
  }
)
