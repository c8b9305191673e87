# checks.<system> of a user's flake: for every machine that enables the module, the checked auth.yaml (not the machine).
{ lib }:
{ self }:
let
  machines = lib.filterAttrs (_: machine: machine.config.services.kube-oidc.enable or false) (
    self.nixosConfigurations or { }
  );

  # The messages that a build of the machine would fail with.
  refusals =
    machine:
    lib.filter (lib.hasInfix "services.kube-oidc") (
      map (item: item.message) (lib.filter (item: !item.assertion) machine.config.assertions)
    );

  check =
    name: machine:
    if refusals machine == [ ] then
      machine.config.services.kube-oidc.configFile
    else
      throw "nixosConfigurations.${name}:\n- ${lib.concatStringsSep "\n- " (refusals machine)}";
in
lib.foldlAttrs (
  all: name: machine:
  lib.recursiveUpdate all {
    ${machine.pkgs.stdenv.buildPlatform.system}."kube-oidc-${name}" = check name machine;
  }
) { } machines
