# The VM tests, evaluated without NixOS: what they configure of this module is allowed, and their scripts are text.
{ evaluate }:
let
  inherit (evaluate) lib;
  pkgs = import ./pkgs.nix { inherit lib; };

  address.issuer.networking.primaryIPAddress = "192.168.1.1";

  # `options` as a release with containers has them, and as one without.
  testWith =
    options: name:
    import (../vm + "/${name}.nix") {
      inherit pkgs lib options;
      config = if options ? containers then { allMachines = address; } else { nodes = address; };
      self.nixosModules.default = ../../modules;
    };

  test = testWith { };

  # A node as the module sees it; what the stubs do not declare is let pass.
  refusalsOf =
    name:
    let
      node = (test name).nodes.machine;
      machine =
        (lib.evalModules {
          modules = [
            ./stubs.nix
            node
            (lib.optionalAttrs (name == "kubernetes") evaluate.master)
            {
              _module.check = false;
              _module.args.pkgs = pkgs;
            }
          ];
        }).config;
    in
    map (item: item.message) (lib.filter (item: !item.assertion) machine.assertions);

  names = [
    "forgejo"
    "k3s"
    "kubernetes"
  ];
in
{
  testEveryFileIsHere = {
    expr = lib.filter (name: name != "fixtures") (
      map (lib.removeSuffix ".nix") (builtins.attrNames (builtins.readDir ../vm))
    );
    expected = names;
  };

  testNothingIsRefused = {
    expr = lib.concatMap refusalsOf names;
    expected = [ ];
  };

  # A container has no memory or disk of its own.
  testK3sIsAContainerWhereTheReleaseHasThem = {
    expr =
      let
        made = testWith { containers = { }; } "k3s";
      in
      {
        machines = builtins.attrNames made.containers;
        inherit (made.containers.machine) virtualisation;
        hasNodes = made ? nodes;
      };
    expected = {
      machines = [
        "issuer"
        "machine"
      ];
      virtualisation = { };
      hasNodes = false;
    };
  };

  testNames = {
    expr = map (name: (test name).name) names;
    expected = map (name: "kube-oidc-${name}") names;
  };
}
