# lib.checks, as the templates use it: one check for each machine that enables the module.
{ evaluate }:
let
  inherit (evaluate) lib oidc;
  pkgs = import ./pkgs.nix { inherit lib; };

  kube-oidc = (import ../../flake.nix).outputs {
    self = kube-oidc;
    nixpkgs = { inherit lib; };
  };

  nixpkgsWith = extra: {
    lib = lib // {
      nixosSystem =
        { modules, ... }:
        {
          inherit pkgs;
          inherit
            (lib.evalModules {
              modules = [
                ./stubs.nix
                { _module.args = { inherit pkgs; }; }
                extra
              ]
              ++ modules;
            })
            config
            ;
        };
    };
  };

  # A template's outputs, with one more module on its machine.
  template =
    name: extra:
    let
      self = (import (../../templates + "/${name}/flake.nix")).outputs {
        inherit self kube-oidc;
        nixpkgs = nixpkgsWith extra;
      };
    in
    self;
  checksOf = name: extra: (template name extra).checks;

  names = map (lib.removeSuffix ".nix") (builtins.attrNames (builtins.readDir ../../templates));
  isBuilt = checks: (builtins.tryEval (builtins.seq checks.x86_64-linux.kube-oidc-cluster true)).success;
in
{
  testEveryTemplateChecksItsMachine = {
    expr = lib.genAttrs names (name: lib.mapAttrs (_: builtins.attrNames) (checksOf name { }));
    expected = lib.genAttrs names (_: {
      x86_64-linux = [ "kube-oidc-cluster" ];
    });
  };

  testTheCheckIsTheMachinesFile = {
    expr = map (
      name:
      let
        flake = template name { };
      in
      flake.checks.x86_64-linux.kube-oidc-cluster
      == flake.nixosConfigurations.cluster.config.services.kube-oidc.configFile
    ) names;
    expected = map (_: true) names;
  };

  testAnInvalidValueFailsTheCheck = {
    expr = map (settings: isBuilt (checksOf "forgejo" (oidc settings))) [
      { }
      { issuers.forgejo.trust.owners = "adam"; }
      { issuers.forgejo.trust.owner = [ "adam" ]; }
      { issuers.forgejo.audiences = lib.mkForce [ ]; }
      { grants.site.preset = lib.mkForce "admin"; }
      { grants.site.issuer = lib.mkForce "forgjo"; }
    ];
    expected = [
      true
      false
      false
      false
      false
      false
    ];
  };

  testAMachineThatDisablesTheModuleHasNoCheck = {
    expr = checksOf "k3s" (oidc { enable = lib.mkForce false; });
    expected = { };
  };

  testAFlakeWithoutMachinesHasNoChecks = {
    expr = kube-oidc.lib.checks { self = { }; };
    expected = { };
  };

  # As flake-parts evaluates it.
  testTheFlakePartsModuleAddsTheSameChecks = {
    expr =
      let
        self = template "k3s" { };
        flake = lib.evalModules {
          specialArgs = { inherit self; };
          modules = [
            kube-oidc.flakeModules.default
            { options.perSystem = lib.mkOption { type = lib.types.deferredModule; }; }
          ];
        };
        checksOn =
          system:
          (lib.evalModules {
            specialArgs = { inherit system; };
            modules = [
              flake.config.perSystem
              { options.checks = lib.mkOption { type = lib.types.lazyAttrsOf lib.types.package; }; }
            ];
          }).config.checks;
      in
      map (system: builtins.attrNames (checksOn system)) [
        "x86_64-linux"
        "aarch64-linux"
      ];
    expected = [
      [ "kube-oidc-cluster" ]
      [ ]
    ];
  };
}
