# claimMappings of one issuer; `name` and `config` are the issuer's.
{ lib }:
{ name, config }:
let
  inherit (lib) mkOption types;
  providers = import ../providers.nix { inherit lib; };

  isKnown = config.provider != "generic";
  prefix = if isKnown then "${name}:" else null;

  text =
    {
      default ? null,
      defaultText ? null,
      example,
      description,
    }:
    mkOption (
      {
        type = types.nullOr types.str;
        inherit default example description;
      }
      // lib.optionalAttrs (defaultText != null) { defaultText = lib.literalMD defaultText; }
    );

  # claim with prefix, or expression; what the provider knows stands in until the user says something else.
  prefixed =
    field: what: examples:
    let
      own = config.claimMappings.${field};
      known = providers.mapping config.provider field prefix;
    in
    {
      claim = text {
        # Read in this order, claim and expression never wait for one another: a provider knows one of the two.
        default = if known.claim != null && own.expression == null then known.claim else null;
        defaultText = "what {option}`provider` knows, else `null`";
        example = examples.claim;
        description = "Claim that becomes ${what}. Needs {option}`prefix`; not with {option}`expression`.";
      };
      prefix = text {
        default = if own.claim != null && own.expression == null then prefix else null;
        defaultText = "`\"<name of the issuer>:\"` with a {option}`provider`, else `null`";
        example = "forgejo:";
        description = ''
          Written before the claim, so that no token of this issuer can be taken for another's or for Kubernetes'
          own. `""` writes nothing, and lets the issuer choose every name, `system:` ones among them.
        '';
      };
      expression = text {
        default = if known.expression != null && own.claim == null then known.expression else null;
        defaultText = "what {option}`provider` knows, else `null`";
        example = examples.expression;
        description = "CEL expression over `claims` that gives ${what}. Not with {option}`claim`.";
      };
    };
in
{
  username = prefixed "username" "the user's name" {
    claim = "sub";
    expression = "'forgejo:' + claims.repository";
  };

  groups = prefixed "groups" "the user's groups" {
    claim = "groups";
    expression = "dyn(claims.?groups.orValue([])).map(g, 'sso:' + g)";
  };

  uid = {
    claim = text {
      example = "sub";
      description = "Claim that becomes the user's uid. Not with {option}`expression`.";
    };
    expression = text {
      example = "claims.sub";
      description = "CEL expression over `claims` that gives the user's uid. Not with {option}`claim`.";
    };
  };

  extra = mkOption {
    type = types.listOf (
      types.submodule {
        options = {
          key = mkOption {
            type = types.str;
            example = "example.org/sha";
            description = "Key with a domain of your own, lower case.";
          };
          valueExpression = mkOption {
            type = types.str;
            example = "claims.sha";
            description = "CEL expression over `claims` that gives a string or a list of strings.";
          };
        };
      }
    );
    default = [ ];
    example = [
      {
        key = "example.org/sha";
        valueExpression = "claims.sha";
      }
    ];
    description = "`claimMappings.extra`: what else the audit log and admission see of the token.";
  };
}
