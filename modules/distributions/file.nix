# No distribution: the file is written and checked, the flag and the grants are the user's.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.kube-oidc;
in
{
  config = lib.mkIf (cfg.enable && cfg.distribution == "file") {
    services.kube-oidc.apiServer = {
      inherit (pkgs.kubernetes) version;
      checkPackage = import ./check-package.nix { inherit lib; } pkgs cfg.kubernetesVersion;
      manifestProblems = [
        "no distribution was found that applies them: set services.kube-oidc.distribution, or apply services.kube-oidc.manifests yourself and leave grants empty"
      ];
    };
  };
}
