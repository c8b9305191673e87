# The VM tests, evaluated without NixOS: what they configure of this module is allowed, and their scripts are text.
{ evaluate }:
let
  inherit (evaluate) lib;
  pkgs = import ./pkgs.nix { inherit lib; };

  test =
    name:
    import (../vm + "/${name}.nix") {
      inherit pkgs lib;
      self.nixosModules.default = ../../modules;
    };

  # A node as the module sees it; what the stubs do not declare is let pass.
  refusalsOf =
    name:
    let
      node = (test name).nodes.machine;
      machine =
        (lib.evalModules {
          specialArgs.nodes.issuer.networking.primaryIPAddress = "192.168.1.1";
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

  testNames = {
    expr = map (name: (test name).name) names;
    expected = map (name: "kube-oidc-${name}") names;
  };
}
