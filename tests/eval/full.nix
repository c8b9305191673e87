# The same cases with NixOS itself, for a machine that has nixpkgs: { post = [ failures ]; assertions = [ … ]; … }.
{
  pkgs ? import <nixpkgs> { },
  lib ? pkgs.lib,
}:
let
  evalConfig = import (pkgs.path + "/nixos/lib/eval-config.nix");

  evaluate = import ./evaluate.nix {
    inherit lib;
    # NixOS brings the options; derivations stay transparent, so that the same cases hold.
    nixos = [
      {
        nixpkgs.hostPlatform = "x86_64-linux";
        system.stateVersion = "26.05";
      }
    ];
    evalModules =
      { modules }:
      evalConfig {
        system = null;
        inherit modules;
      };
  };

  # Those that do not ask what an otherwise empty machine has.
  cases = [
    "assertions-api-server"
    "assertions-grants"
    "assertions-issuers"
    "assertions-mappings"
    "assertions-subjects"
    "assertions-trust"
    "grants"
    "names"
    "post"
    "providers"
    "trust"
    "workloads"
  ];
in
lib.genAttrs cases (name: lib.runTests (import (./. + "/${name}.nix") { inherit evaluate; }))
