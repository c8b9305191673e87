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

  isDefault =
    options.services.kube-oidc.distribution.highestPrio >= (lib.mkOptionDefault { }).priority;
in
{
  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.length cfg.found <= 1 || !isDefault;
        message = "services.kube-oidc.distribution: ${lib.concatStringsSep " and " cfg.found} are both enabled on this machine: say whose API server gets the file, for example services.kube-oidc.distribution = \"k3s\".";
      }
    ]
    ++ check ./assertions/api-server.nix
    ++ check ./assertions/issuers.nix
    ++ check ./assertions/trust.nix
    ++ check ./assertions/grants.nix;
  };
}
