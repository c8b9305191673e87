# What evaluation can refuse. Each message names the option and says what to write instead.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.services.kube-oidc;
  check = file: import file { inherit lib; } cfg;

  versions = import ./kubernetes-versions.nix { inherit lib; };
  workloads = import ./workloads.nix { inherit lib; };

  # "adam-7/site-9" is adam/site with numeric IDs, and also the plain name of another repository.
  isAmbiguous =
    grant:
    cfg.issuers ? ${grant.issuer}
    && lib.any (workloads.isAmbiguous cfg.issuers.${grant.issuer}) grant.workload;

  withoutNumbers = lib.concatLists (
    lib.mapAttrsToList (
      name: grant:
      lib.optionals (cfg.issuers ? ${grant.issuer}) (
        lib.concatMap (numbersWarning name cfg.issuers.${grant.issuer}) grant.workload
      )
    ) cfg.grants
  );

  numbersWarning =
    name: issuer: workload:
    let
      missing = workloads.missingNumbers issuer workload;
    in
    lib.optional (missing != [ ]) ''
      services.kube-oidc.grants.${name}.workload has no ${lib.concatStringsSep " and no " missing}: the jobs of a repository whose subject contains numbers get 403. This prints them:
        ${workloads.numbersCommand issuer workload}
    '';

  isSet = name: options.services.kube-oidc.${name}.highestPrio < (lib.mkOptionDefault { }).priority;

  # A file without issuers can still close or open anonymous access.
  setsAnonymous = cfg.anonymous != null && isSet "anonymous";
in
{
  config = lib.mkIf cfg.enable {
    warnings =
      lib.optional (cfg.issuers == { } && !(cfg.settings ? jwt) && !setsAnonymous) ''
        services.kube-oidc is enabled without issuers, so no token is accepted: add services.kube-oidc.issuers.<name>, or remove services.kube-oidc.enable.
      ''
      ++ lib.optional (lib.versionOlder versions.newest cfg.kubernetesVersion) ''
        services.kube-oidc.kubernetesVersion is ${cfg.kubernetesVersion}, which is newer than this version of kube-oidc supports: the rules of Kubernetes ${versions.newest} are used. Update kube-oidc.
      ''
      ++ map (name: ''
        services.kube-oidc.grants.${name}.workload: the subject with numeric IDs could also be that of another repository, whose name ends in them. Set services.kube-oidc.issuers.${
          cfg.grants.${name}.issuer
        }.trust.repositoryIds as well.
      '') (builtins.attrNames (lib.filterAttrs (_: isAmbiguous) cfg.grants))
      ++ withoutNumbers;

    assertions = [
      {
        assertion = lib.length cfg.detectedDistributions <= 1 || isSet "distribution";
        message = "services.kube-oidc.distribution: ${lib.concatStringsSep " and " cfg.detectedDistributions} are both enabled on this machine: choose whose API server gets the file, for example services.kube-oidc.distribution = \"k3s\".";
      }
    ]
    ++ import ./assertions/file-mode.nix { inherit lib; } {
      file = config.environment.etc."kube-oidc/auth.yaml";
      user = if cfg.distribution == "kubernetes" then "kubernetes" else "root";
    }
    ++ check ./assertions/api-server.nix
    ++ check ./assertions/issuers.nix
    ++ check ./assertions/trust.nix
    ++ check ./assertions/grants.nix
    ++ check ./assertions/findings.nix;
  };
}
