# claimMappings of one issuer: its options, and the defaults that follow from the provider and the issuer's name.
{ lib, providers }:
let
  inherit (lib) mkOption types;

  text =
    attributes:
    mkOption (
      {
        type = types.nullOr types.str;
        default = null;
      }
      // attributes
    );
  providerText = lib.literalMD "the provider's, else `null`";

  # claim with prefix, or expression.
  prefixed = what: examples: {
    claim = text {
      defaultText = providerText;
      example = examples.claim;
      description = "Claim that becomes ${what}. Requires {option}`prefix`; excludes {option}`expression`.";
    };
    prefix = text {
      defaultText = lib.literalMD "`\"<name of the issuer>:\"` with a {option}`provider`, else `null`";
      example = "forgejo:";
      description = ''
        Prepended to the claim, so that no token of this issuer can be mistaken for a user of another issuer or of
        Kubernetes. `""` adds nothing, and lets the issuer choose any name, including `system:` ones.
      '';
    };
    expression = text {
      defaultText = providerText;
      example = examples.expression;
      description = "CEL expression over `claims` that returns ${what}. Excludes {option}`claim`.";
    };
  };

  # What the user sets (claim or expression) replaces what the provider knows.
  prefixedDefaults =
    { name, config }:
    field:
    let
      own = config.claimMappings.${field};
      prefix = if config.provider != "generic" then "${name}:" else null;
      known = providers.mapping config.provider field prefix;
    in
    {
      # A provider knows one of the two, so claim and expression never depend on each other.
      claim = if known.claim != null && own.expression == null then known.claim else null;
      prefix = if own.claim != null && own.expression == null then prefix else null;
      expression = if known.expression != null && own.claim == null then known.expression else null;
    };
in
{
  defaults = issuer: {
    username = prefixedDefaults issuer "username";
    groups = prefixedDefaults issuer "groups";
  };

  options = {
    username = prefixed "the user name" {
      claim = "sub";
      expression = "'forgejo:' + claims.repository";
    };

    groups = prefixed "the user's groups" {
      claim = "groups";
      expression = "dyn(claims.?groups.orValue([])).map(g, 'sso:' + g)";
    };

    uid = {
      claim = text {
        example = "sub";
        description = "Claim that becomes the user's UID. Excludes {option}`expression`.";
      };
      expression = text {
        example = "claims.sub";
        description = "CEL expression over `claims` that returns the user's UID. Excludes {option}`claim`.";
      };
    };

    extra = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            key = mkOption {
              type = types.str;
              example = "example.org/sha";
              description = "Key: lower case, prefixed with a domain you own.";
            };
            valueExpression = mkOption {
              type = types.str;
              example = "claims.sha";
              description = "CEL expression over `claims` that returns a string or a list of strings.";
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
      description = "`claimMappings.extra`: further claims, for the audit log and admission.";
    };
  };
}
