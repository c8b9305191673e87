# What a change of the file asks of the running API server.
{ config, lib, ... }:
let
  cfg = config.services.kube-oidc;
in
{
  config = lib.mkIf cfg.enable {
    # Of the whole file only `anonymous` is read at the start alone.
    systemd.services = lib.mkIf (cfg.apiServer.unit != null) {
      ${cfg.apiServer.unit}.restartTriggers = lib.mkIf (cfg.anonymous != null) [
        (builtins.toJSON cfg.anonymous)
      ];
    };
  };
}
