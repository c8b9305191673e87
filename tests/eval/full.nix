# The module's tests for `nix flake check`: one machine of NixOS for each group, and all other cases with stubs of NixOS'
# options. { k3s = [ failures ]; cases = [ … ]; … }
{
  pkgs ? import <nixpkgs> { },
  lib ? pkgs.lib,
}:
let
  evalConfig = import (pkgs.path + "/nixos/lib/eval-config.nix");

  onNixos = import ./evaluate.nix {
    inherit lib;
    nixos = [
      {
        nixpkgs = { inherit pkgs; };
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
  onStubs = import ./evaluate.nix { inherit lib; };

  failures = evaluate: file: lib.runTests (import file { inherit evaluate; });
  nixFiles =
    directory:
    lib.filter (lib.hasSuffix ".nix") (builtins.attrNames (builtins.readDir directory));
  stem = lib.removeSuffix ".nix";

  machines = lib.listToAttrs (
    map (file: lib.nameValuePair (stem file) (failures onNixos (./nixos + "/${file}"))) (
      nixFiles ./nixos
    )
  );
  cases = lib.subtractLists (lib.importJSON ./not-cases.json) (map stem (nixFiles ./.));
in
machines
// {
  post = failures onNixos ./post.nix;
  cases = lib.concatMap (
    name: map (failure: failure // { file = name; }) (failures onStubs (./. + "/${name}.nix"))
  ) cases;
}
