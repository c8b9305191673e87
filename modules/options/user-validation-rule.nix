# One entry of userValidationRules.
{ lib }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    expression = mkOption {
      type = types.str;
      example = "!user.username.startsWith('system:')";
      description = "CEL expression over `user` that must be true.";
    };
    message = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "names that begin with system: belong to Kubernetes";
      description = "What the API server's log says where {option}`expression` is not true.";
    };
  };
}
