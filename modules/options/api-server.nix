# What each distribution reports about its API server, for the check and the assertions. Internal.
{ lib }:
let
  inherit (lib) mkOption types;
  fact =
    type: default: description:
    mkOption {
      inherit type default description;
      internal = true;
    };
in
{
  options = {
    version = fact types.str "1.36" "Version of the API server's package.";
    flags = fact (types.listOf (
      types.attrsOf (types.nullOr types.str)
    )) [ ] "Configured flags of the API server, including ours: name and value.";
    flagsOption = fact types.str "" "Option that contains those flags.";
    flagForm = fact (types.functionTo types.str) (
      flag: "--${flag}"
    ) "How that option spells an API server flag.";
    serviceAccountIssuers = fact (types.listOf types.str) [ ] "Its service account issuers.";
    featureGates = fact (types.attrsOf types.bool) { } "Its feature gates.";
    authenticationConfig =
      fact (types.nullOr types.str) null
        "Path of the file for the API server; null if no flag names it.";
    anonymous = fact (types.nullOr types.anything) null "Default of `anonymous`.";
    setsAnonymousFlag =
      fact types.bool false
        "Whether the distribution always sets --anonymous-auth.";
    checkPackage = fact (types.nullOr types.package) null "Default of `checkPackage`.";
    kubeconfig = fact (types.nullOr types.str) null "Default of `kubeconfig`.";
    localUrl = fact types.str "" "URL of this machine's API server, if `kubeconfig` may lead to another one.";
    logFiles = fact types.str "" "Pattern of its log files, if its log is not in the journal of `unit`.";
    unit = fact (types.nullOr types.str) null "Its systemd unit.";
    problems =
      fact (types.listOf types.str) [ ]
        "Problems of this distribution's configuration.";
    manifestProblems = fact (types.listOf types.str) [ ] "Why this distribution can't apply grants.";
  };
}
