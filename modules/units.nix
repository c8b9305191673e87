# One unit on every distribution: it waits until this machine's API server has loaded the file, revokes removed grants and
# applies the others (docs/decisions/one-unit.md).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.kube-oidc;
  inherit (cfg) apiServer;

  isRun = apiServer.unit != null && cfg.kubeconfig != null;
  anonymous = cfg.authenticationConfiguration.anonymous or null;

  rbac = import ./rbac.nix { inherit lib; };

  grants = pkgs.writeText "kube-oidc-grants.json" (rbac.list cfg.manifests);

  # systemd.service(5): quoted as in JSON; % and $ are special.
  word = text: lib.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON text);

  command = [
    "${cfg.package}/bin/kube-oidc"
    "apply"
    "--config=/etc/kube-oidc/auth.yaml"
    "--source=${cfg.configFile}"
    "--grants=${grants}"
    "--kubeconfig=${cfg.kubeconfig}"
    "--kubernetes-version=${cfg.kubernetesVersion}"
    "--unit=${apiServer.unit}.service"
    "--state=/var/lib/kube-oidc/file.json"
    "--timeout=180s"
  ]
  ++ lib.optional (apiServer.localUrl != "") "--server=${apiServer.localUrl}"
  ++ lib.optional (apiServer.logFiles != "") "--logs=${apiServer.logFiles}";

  # Activation scripts don't have it in their PATH.
  systemctl = "${config.systemd.package}/bin/systemctl";

  # It needs the network, the kubeconfig and its keys, the journal, and its state. It runs as root without any capability,
  # because only root can read the admin's keys and the journal.
  hardening = {
    CapabilityBoundingSet = "";
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateTmp = true;
    ProcSubset = "pid";
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = "read-only";
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectProc = "invisible";
    ProtectSystem = "strict";
    RemoveIPC = true;
    RestrictAddressFamilies = [
      "AF_INET"
      "AF_INET6"
      "AF_UNIX"
    ];
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
    ];
    UMask = "0077";
  };
in
{
  config = lib.mkIf cfg.enable {
    systemd.services = lib.mkMerge [
      # `anonymous` is the only part of the file that can't be reloaded.
      (lib.mkIf (apiServer.unit != null) {
        ${apiServer.unit}.restartTriggers = lib.mkIf (anonymous != null) [ (builtins.toJSON anonymous) ];
      })

      (lib.mkIf isRun {
        kube-oidc-apply = {
          description = "Apply the grants of services.kube-oidc once the API server has loaded its file";
          # So that nixos-rebuild waits for it, and starts it after an API server that it restarts.
          wantedBy = [ "multi-user.target" ];
          after = [ "${apiServer.unit}.service" ];
          unitConfig.StartLimitIntervalSec = 0;
          environment = {
            HOME = "/run/kube-oidc-apply";
            KUBECACHEDIR = "/run/kube-oidc-apply";
          };
          serviceConfig = hardening // {
            Type = "oneshot";
            RemainAfterExit = true;
            # False while the machine boots: the timer starts it then.
            ExecCondition = "${systemctl} is-active --quiet multi-user.target";
            ExecStart = lib.concatMapStringsSep " " word command;
            TimeoutStartSec = 240;
            RuntimeDirectory = "kube-oidc-apply";
            StateDirectory = "kube-oidc";
            StateDirectoryMode = "0700";
          };
        };
      })
    ];

    # After boot, and after a failure. Not by Restart=: while a unit waits for its restart, systemctl status (and so
    # nixos-rebuild) hides what it wrote before, the reason included.
    systemd.timers = lib.mkIf isRun {
      kube-oidc-apply = {
        description = "Apply the grants of services.kube-oidc after boot, and again after a failure";
        wantedBy = [ "timers.target" ];
        timerConfig = {
          OnUnitInactiveSec = "30s";
          AccuracySec = "1s";
        };
      };
    };

    # With every activation, so that the cluster is as configured after each: what is stopped here is started with
    # multi-user.target. NixOS' own list of units to restart goes away in 26.11, and is worked off before units are
    # started, so before an API server that the same switch restarts.
    system.activationScripts = lib.mkIf isRun {
      kube-oidc-apply = ''
        case "$NIXOS_ACTION" in
          switch | test) ${systemctl} stop kube-oidc-apply.service 2>/dev/null || true ;;
        esac
      '';
    };
  };
}
