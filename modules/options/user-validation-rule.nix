# Options of one entry of userValidationRules.
{ lib }:
let
  inherit (lib) mkOption types;
in
{
  expression = mkOption {
    type = types.str;
    example = "!user.username.startsWith('system:')";
    description = "CEL expression over `user` that must be true.";
  };
  message = mkOption {
    type = types.nullOr types.str;
    default = null;
    example = "names that start with system: are reserved for Kubernetes";
    description = "Message in the API server's log if {option}`expression` is false.";
  };
}
