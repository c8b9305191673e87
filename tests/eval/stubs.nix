# The NixOS options that the module touches, with the types and defaults that NixOS gives them, so that it
# evaluates with nixpkgs' library alone. `tests/eval/full.nix` uses NixOS itself instead, where it is there.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  bool = option types.bool false;
  package = version: option types.package (import ./package.nix version);
  manifests = option (types.attrsOf (
    types.submodule {
      options = {
        enable = option types.bool true;
        content = option (types.nullOr (types.either types.attrs (types.listOf types.attrs))) null;
      };
    }
  )) { };
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
          source = option types.path "/dev/null";
          mode = option types.str "symlink";
        };
      }
    )) { };
    system.activationScripts = option (types.attrsOf types.unspecified) { };
    environment.systemPackages = option (types.listOf types.unspecified) [ ];
    systemd.services = option (types.attrsOf (
      types.submodule {
        freeformType = types.attrsOf types.anything;
        options.restartTriggers = option (types.listOf types.unspecified) [ ];
      }
    )) { };

    services.kubernetes = {
      roles = option (types.listOf types.str) [ ];
      masterAddress = option types.str "localhost";
      easyCerts = bool;
      package = package "1.36.3";
      apiserver = {
        enable = bool;
        extraOpts = option (types.separatedString " ") "";
        serviceAccountIssuer = option types.str "https://kubernetes.default.svc";
        featureGates = option (types.attrsOf types.bool) { };
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

    services.k3s = server "1.35.2+k3s1";
    services.rke2 = server "1.34.1+rke2r1";
  };

  # What services.kubernetes.roles = [ "master" ] sets there.
  config = lib.mkIf (lib.elem "master" config.services.kubernetes.roles) {
    services.kubernetes = {
      apiserver.enable = lib.mkDefault true;
      addonManager.enable = lib.mkDefault true;
      easyCerts = lib.mkDefault true;
      pki = {
        enable = lib.mkDefault true;
        etcClusterAdminKubeconfig = lib.mkDefault "kubernetes/cluster-admin.kubeconfig";
      };
    };
  };
}
