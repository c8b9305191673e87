# What a change asks of the running API server, and how the machine learns that it happened.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.kube-oidc;
  versions = import ./kubernetes-versions.nix { inherit lib; };
  inherit (cfg.apiServer) unit;

  isWatched = unit != null && cfg.kubeconfig != null;
  anonymous = cfg.authenticationConfiguration.anonymous or null;

  # RoleBinding site "kube-oidc:blog"
  line =
    object:
    "${object.kind} ${object.metadata.namespace or "-"} ${builtins.toJSON object.metadata.name}";
  expected = lib.filter (object: object.kind != "Namespace") (builtins.attrValues cfg.manifests);

  oneshot =
    settings:
    {
      wantedBy = [ "multi-user.target" ];
      after = [ "${unit}.service" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
    }
    // settings;
in
{
  config = lib.mkIf cfg.enable {
    systemd.services = lib.mkMerge [
      # Of the whole file only `anonymous` is read at the start alone; everything else is a reload.
      (lib.mkIf (unit != null) {
        ${unit}.restartTriggers = lib.mkIf (anonymous != null) [ (builtins.toJSON anonymous) ];
      })

      (lib.mkIf isWatched {
        kube-oidc-loaded = oneshot {
          description = "Wait until kube-apiserver has loaded its AuthenticationConfiguration";
          # Started anew by every switch that changes the file.
          restartTriggers = [ cfg.configFile ];
          path = [
            cfg.package
            pkgs.kubectl
          ];
          environment = {
            CONFIG = "/etc/kube-oidc/auth.yaml";
            KUBECONFIG = cfg.kubeconfig;
            UNIT = unit;
            SERVER = cfg.apiServer.localUrl;
            LOGS = cfg.apiServer.logFiles;
            SAYS_HASH = if versions.has "loaded-hash-metric" cfg.kubernetesVersion then "1" else "0";
            START_SECONDS = "300";
            RELOAD_SECONDS = "90";
          };
          script = builtins.readFile ./loaded.sh;
        };

        kube-oidc-revoked = oneshot {
          description = "Delete grants that services.kube-oidc no longer makes";
          after = [
            "${unit}.service"
            "kube-addon-manager.service"
            "kube-oidc-loaded.service"
          ];
          path = [ pkgs.kubectl ];
          environment = {
            KUBECONFIG = cfg.kubeconfig;
            EXPECTED = pkgs.writeText "kube-oidc-grants" (
              lib.concatMapStrings (object: line object + "\n") expected
            );
            APPLY_SECONDS = "90";
          };
          script = builtins.readFile ./revoked.sh;
        };
      })
    ];
  };
}
