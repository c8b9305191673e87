# No distribution: the file is written and checked, the flag and the grants are up to the user.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.services.kube-oidc;

  isDefault =
    options.services.kube-oidc.distribution.highestPrio >= (lib.mkOptionDefault { }).priority;

  # A machine of a cluster whose API server runs on another machine.
  agents = lib.filter (
    name: options.services.${name} ? role && config.services.${name}.enable or false
  ) [ "k3s" "rke2" ];
  isNode =
    options.services ? kubernetes && lib.elem "node" (config.services.kubernetes.roles or [ ]);
  why =
    if agents != [ ] then
      "services.${lib.head agents}.role is \"agent\", so this machine has no API server"
    else if isNode then
      "services.kubernetes.roles has no \"master\", so this machine has no API server"
    else
      "no API server of services.kubernetes, services.k3s or services.rke2 was found on this machine";
in
{
  config = lib.mkIf (cfg.enable && cfg.distribution == "file") {
    services.kube-oidc.apiServer = {
      inherit (pkgs.kubernetes) version;
      checkPackage = import ./check-package.nix { inherit lib; } pkgs cfg.kubernetesVersion;
      manifestProblems = [
        (
          if isDefault then
            "${why}: enable services.kube-oidc on the machines that have one, or set services.kube-oidc.distribution"
          else
            "services.kube-oidc.distribution is \"file\", so nothing would apply them: remove them, and apply RBAC yourself"
        )
      ];
    };

    warnings = lib.optional (isDefault && cfg.grants == { }) ''
      services.kube-oidc: ${why}. /etc/kube-oidc/auth.yaml is written and checked, but not used here: enable services.kube-oidc on the machines that have an API server, or set services.kube-oidc.distribution = "file" to accept that.
    '';
  };
}
