# The NixOS options that the module uses, with NixOS' types and defaults, so that it evaluates with only nixpkgs' library.
# `tests/eval/full.nix` uses NixOS itself.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  bool = option types.bool false;
  package = version: option types.package (import ./package.nix version);
  needed = type: mkOption { inherit type; };
  manifests = option (types.attrsOf (
    types.submodule (
      { name, config, ... }:
      {
        options = {
          enable = option types.bool true;
          target = needed types.nonEmptyStr;
          content = option (types.nullOr (types.either types.attrs (types.listOf types.attrs))) null;
          source = needed types.path;
        };
        config = {
          target = lib.mkDefault "${name}.yaml";
          source = lib.mkIf (config.content != null) "/nix/store/manifest";
        };
      }
    )
  )) { };

  # Only fields of a unit, so that misspelled ones are detected.
  unit = types.submodule {
    options = {
      description = option types.str "";
      after = option (types.listOf types.str) [ ];
      wantedBy = option (types.listOf types.str) [ ];
      stopIfChanged = option types.bool true;
      unitConfig = option (types.attrsOf types.unspecified) { };
      restartTriggers = option (types.listOf types.unspecified) [ ];
      environment = option (types.attrsOf (
        types.nullOr (
          types.oneOf [
            types.str
            types.path
            types.package
          ]
        )
      )) { };
      path = option (types.listOf (
        types.oneOf [
          types.package
          types.str
        ]
      )) [ ];
      script = option types.lines "";
      serviceConfig = option (types.attrsOf (
        types.oneOf [
          types.bool
          types.str
          types.int
          (types.listOf types.str)
        ]
      )) { };
    };
  };
  server = version: {
    enable = bool;
    role = option (types.enum [
      "server"
      "agent"
    ]) "server";
    package = package version;
    extraFlags = option (types.either types.str (types.listOf types.str)) [ ];
    configPath = option (types.nullOr types.path) null;
    inherit manifests;
  };
in
{
  options = {
    assertions = option (types.listOf types.unspecified) [ ];
    warnings = option (types.listOf types.str) [ ];
    environment.etc = option (types.attrsOf (
      types.submodule {
        options = {
          source = needed types.path;
          mode = option types.str "symlink";
          user = option types.str "+0";
          group = option types.str "+0";
        };
      }
    )) { };
    system.activationScripts = option (types.attrsOf types.unspecified) { };
    environment.systemPackages = option (types.listOf types.package) [ ];
    systemd.services = option (types.attrsOf unit) { };
    systemd.timers = option (types.attrsOf types.unspecified) { };
    systemd.package = package "257";
    systemd.tmpfiles.rules = option (types.listOf types.str) [ ];

    services.kubernetes = {
      roles = option (types.listOf (
        types.enum [
          "master"
          "node"
        ]
      )) [ ];
      masterAddress = needed types.str;
      featureGates = option (types.attrsOf types.bool) { };
      easyCerts = bool;
      package = package "1.36.3";
      apiserver = {
        enable = bool;
        extraOpts = option (types.separatedString " ") "";
        serviceAccountIssuer = option types.str "https://kubernetes.default.svc";
        featureGates = option (types.attrsOf types.bool) config.services.kubernetes.featureGates;
        authorizationMode =
          option
            (types.listOf (
              types.enum [
                "AlwaysAllow"
                "AlwaysDeny"
                "ABAC"
                "Webhook"
                "RBAC"
                "Node"
              ]
            ))
            [
              "RBAC"
              "Node"
            ];
        bindAddress = option types.str "0.0.0.0";
        securePort = option types.int 6443;
      };
      pki = {
        enable = bool;
        etcClusterAdminKubeconfig = option (types.nullOr types.str) null;
      };
      addonManager = {
        enable = bool;
        bootstrapAddons = option (types.attrsOf types.attrs) { };
      };
    };

    services.prometheus.ruleFiles = option (types.listOf types.path) [ ];
    services.k3s = server "1.35.2+k3s1";
    services.rke2 = server "1.34.1+rke2r1" // {
      configPath = option (types.nullOr types.path) "/etc/rancher/rke2/config.yaml";
    };
  };

  # What services.kubernetes derives from roles, easyCerts and an API server.
  config.services.kubernetes =
    let
      cfg = config.services.kubernetes;
    in
    lib.mkMerge [
      (lib.mkIf (lib.elem "master" cfg.roles) {
        apiserver.enable = lib.mkDefault true;
        addonManager.enable = lib.mkDefault true;
      })
      (lib.mkIf (cfg.roles != [ ]) { easyCerts = lib.mkDefault true; })
      (lib.mkIf cfg.easyCerts { pki.enable = lib.mkDefault true; })
      (lib.mkIf cfg.apiserver.enable {
        pki.etcClusterAdminKubeconfig = lib.mkDefault "kubernetes/cluster-admin.kubeconfig";
      })
    ];
}
