# Options of one entry of claimValidationRules.
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
  claim = text "hd" "Claim that must be the string {option}`requiredValue`. Excludes {option}`expression`.";
  requiredValue = text "example.org" "Required value of {option}`claim`. Only strings can be compared: for a boolean or a number, use {option}`expression`.";
  expression = text "claims.hd == 'example.org'" "CEL expression over `claims` that must be true. Excludes {option}`claim`.";
  message = text "only accounts of example.org" "Message in the API server's log if {option}`expression` is false.";
}
