# What evaluation alone can refuse. Each message names the option and says what to write instead.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.services.kube-oidc;
  check = file: import file { inherit lib; } cfg;

  workloads = import ./workloads.nix { inherit lib; };

  # "adam-7/site-9" is adam/site by its numbers, and the old form of a repository that is called so.
  isAmbiguous =
    grant:
    cfg.issuers ? ${grant.issuer}
    && lib.any (workloads.isAmbiguous cfg.issuers.${grant.issuer}) grant.workload;

  isDefault =
    options.services.kube-oidc.distribution.highestPrio >= (lib.mkOptionDefault { }).priority;
in
{
  config = lib.mkIf cfg.enable {
    warnings = map (name: ''
      services.kube-oidc.grants.${name}.workload: the subject with numbers could be the one of another repository, whose name ends in them. Set services.kube-oidc.issuers.${cfg.grants.${name}.issuer}.trust.repositoryIds too.
    '') (builtins.attrNames (lib.filterAttrs (_: isAmbiguous) cfg.grants));

    assertions = [
      {
        assertion = lib.length cfg.found <= 1 || !isDefault;
        message = "services.kube-oidc.distribution: ${lib.concatStringsSep " and " cfg.found} are both enabled on this machine: say whose API server gets the file, for example services.kube-oidc.distribution = \"k3s\".";
      }
    ]
    ++ check ./assertions/api-server.nix
    ++ check ./assertions/issuers.nix
    ++ check ./assertions/trust.nix
    ++ check ./assertions/grants.nix
    ++ check ./assertions/findings.nix;
  };
}
