# The module on a machine, and what a test wants to know of it.
{
  lib,
  # Modules that declare the rest of NixOS, and the pkgs that go with them.
  nixos ? [ ./stubs.nix ],
  pkgs ? import ./pkgs.nix { inherit lib; },
  evalModules ? lib.evalModules,
}:
rec {
  inherit lib;

  machine =
    modules:
    (evalModules {
      modules =
        nixos
        ++ [
          ../../modules
          { _module.args.pkgs = lib.mkDefault pkgs; }
        ]
        ++ lib.toList modules;
    }).config;

  # Messages of our failed assertions.
  refusals = modules: refusalsOf (machine modules);
  refusalsOf =
    system:
    ours (map (item: item.message) (lib.filter (item: !item.assertion) system.assertions));

  # Our warnings; NixOS has its own.
  warningsOf = system: ours system.warnings;

  ours = lib.filter (lib.hasInfix "services.kube-oidc");

  # Objects with our label, whatever else NixOS puts next to them.
  labelled = lib.filterAttrs (
    _: object: object.metadata.labels."app.kubernetes.io/managed-by" or null == "kube-oidc"
  );

  package = import ./package.nix;

  # The text of the file.
  file = modules: (machine modules).services.kube-oidc.configFile.config;

  master = {
    services.kubernetes = {
      roles = [ "master" ];
      masterAddress = "localhost";
    };
    services.kube-oidc.enable = true;
  };

  k3s = {
    services.k3s.enable = true;
    services.kube-oidc.enable = true;
  };

  rke2 = {
    services.rke2.enable = true;
    services.kube-oidc.enable = true;
  };

  oidc = settings: { services.kube-oidc = settings; };

  # The issuer of the story, by its provider.
  forgejo = oidc {
    issuers.forgejo = {
      provider = "forgejo";
      host = "git.technowizardry.net";
      audiences = [ "forgejo" ];
    };
  };
}
