# What services.kube-oidc makes of the configurations that tests/switch switches between: files, units, flags.
# evaluate.py turns the answer into data/, so that the tests need no Nix.
{
  pkgs ? import <nixpkgs> { },
  lib ? pkgs.lib,
}:
let
  evalConfig = import (pkgs.path + "/nixos/lib/eval-config.nix");
  rbac = import ../../modules/rbac.nix { inherit lib; };

  package = {
    type = "derivation";
    name = "kube-oidc";
    outPath = "/nix/store/00000000000000000000000000000000-kube-oidc";
    version = "0";
  };

  grant = namespace: {
    issuer = "forgejo";
    workload = {
      repository = "adam/${namespace}";
      ref = "refs/heads/main";
    };
    inherit namespace;
    createNamespace = true;
    preset = "deploy";
  };

  base = {
    enable = true;
    issuers.forgejo = {
      provider = "forgejo";
      host = "git.example.org";
      audiences = [ "kubernetes" ];
      trust.owners = [ "adam" ];
    };
    grants.site = grant "site";
    grants.shop = grant "shop";
  };

  withoutShop = {
    grants.shop = lib.mkForce (grant "site");
  };

  # Each is the base with this on top.
  changes = {
    removed.enable = lib.mkForce false;
    base = { };
    trust.issuers.forgejo.trust.owners = [ "eve" ];
    # The build would refuse it; an older module, or a file written by hand, would not.
    rejected = {
      checkConfig = false;
      issuers.forgejo.claimValidationRules = [
        {
          expression = "claims.sub.startsWith(";
          message = "unfinished";
        }
      ];
    };
    revoked = withoutShop;
    missing-namespace = {
      grants.shop = lib.mkForce (grant "nowhere" // { createNamespace = false; });
    };
    anonymous.anonymous = {
      enabled = true;
      conditions = [ { path = "/healthz"; } ];
    };
    unreachable.issuers.away = {
      url = "https://away.example.org";
      audiences = [ "kubernetes" ];
      claimMappings.username = {
        claim = "sub";
        prefix = "away:";
      };
    };
  };

  distributions = {
    kubernetes.services.kubernetes = {
      roles = [ "master" ];
      masterAddress = "machine";
    };
    k3s.services.k3s.enable = true;
  };

  machine =
    modules:
    (evalConfig {
      system = null;
      inherit lib;
      modules = modules ++ [
        ../../modules
        {
          nixpkgs.hostPlatform = "x86_64-linux";
          system.stateVersion = "26.05";
          boot.isContainer = true;
          services.kube-oidc.package = package;
        }
      ];
    }).config;

  # The VM tests' machines and scripts, with the issuer where the tests put it.
  stubs = import ../eval/pkgs.nix { inherit lib; };
  vmTest =
    name:
    let
      file = import (../vm + "/${name}.nix") {
        inherit lib;
        pkgs = stubs;
        self.nixosModules.default = { };
        options = { };
        config.nodes.issuer.networking.primaryIPAddress = "192.168.1.1";
      };
      test = file.config or file;
      nodes = test.nodes or test.containers;
      config = machine [
        nodes.machine
        { _module.check = false; }
      ];
      specialisations = lib.mapAttrs (_: found: show found.configuration) config.specialisation;
    in
    {
      script = test.testScript;
      token = (lib.head nodes.issuer.environment.systemPackages).config;
      generations = { base = show config; } // specialisations;
    };

  isOurs = lib.hasPrefix "kube-oidc";

  show =
    config:
    let
      cfg = config.services.kube-oidc;
      ours =
        kind: lib.filterAttrs (name: _: isOurs name) config.systemd."${kind}s";
      apiServer = lib.head (lib.filter (name: config.systemd.services ? ${name}) [ "k3s" "kube-apiserver" ]);
      triggers = unit: map toString (unit.restartTriggers or [ ]);
      unitsOf =
        kind:
        lib.mapAttrs' (
          name: unit:
          lib.nameValuePair "${name}.${kind}" {
            inherit (config.systemd.units."${name}.${kind}") text;
            triggers = triggers unit;
          }
        ) (ours kind);
    in
    {
      inherit apiServer;
      units = unitsOf "service" // unitsOf "timer";
      triggers = triggers config.systemd.services.${apiServer};
      flags =
        if config.services.k3s.enable then
          config.services.k3s.extraFlags
        else
          config.services.kubernetes.apiserver.extraOpts;
    }
    // lib.optionalAttrs cfg.enable {
      file = cfg.configFile.config or cfg.configFile.text;
      mode = config.environment.etc."kube-oidc/auth.yaml".mode;
      activation = lib.concatStrings (
        lib.mapAttrsToList (_: script: script.text or script) (
          lib.filterAttrs (name: _: ours "service" ? ${name}) config.system.activationScripts
        )
      );
      store."kube-oidc-grants.json" = rbac.list cfg.manifests;
    };
in
lib.mapAttrs (
  _: distribution:
  lib.mapAttrs (
    _: change:
    show (machine [
      distribution
      { services.kube-oidc = base; }
      { services.kube-oidc = change; }
    ])
  ) changes
) distributions
// {
  vm = lib.genAttrs [ "kubernetes" "k3s" ] vmTest;
}
