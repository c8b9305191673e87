# One entry of claimValidationRules.
{ lib }:
let
  inherit (lib) mkOption types;
  text =
    example: description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit example description;
    };
in
{
  options = {
    claim = text "hd" "Name of a claim that must be the string {option}`requiredValue`. Not with {option}`expression`.";
    requiredValue = text "example.org" "What {option}`claim` must be. Only strings can be compared: for a boolean or a number use {option}`expression`.";
    expression = text "claims.hd == 'example.org'" "CEL expression over `claims` that must be true. Not with {option}`claim`.";
    message = text "only accounts of example.org" "What the API server's log says where {option}`expression` is not true.";
  };
}
