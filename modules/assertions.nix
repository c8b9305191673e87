# What evaluation alone can refuse. Each message names the option and says what to write instead.
{ config, lib, ... }:
let
  cfg = config.services.kube-oidc;
  check = file: import file { inherit lib; } cfg;
in
{
  config = lib.mkIf cfg.enable {
    assertions =
      check ./assertions/api-server.nix
      ++ check ./assertions/issuers.nix
      ++ check ./assertions/trust.nix
      ++ check ./assertions/grants.nix;
  };
}
