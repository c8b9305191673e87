# checks.<system> of the flake: the package with its tests, the module on machines of NixOS, the examples' files, and the
# VM tests.
{ self, pkgs }:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv.hostPlatform) isLinux;

  # A check that throws its failures, or builds an empty file.
  ok =
    name: problems:
    if problems == [ ] then
      pkgs.runCommand name { } "touch $out"
    else
      throw "${name}: ${lib.generators.toPretty { } problems}";

  files =
    directory: suffix:
    lib.filter (lib.hasSuffix suffix) (builtins.attrNames (builtins.readDir directory));
  stem = lib.removeSuffix ".nix";

  evaluation = import ./eval/full.nix { inherit lib pkgs; };

  examples = lib.mapAttrs' (
    name: _:
    let
      folder = ../examples + "/${name}";
      rendered = import ./eval/rendered.nix {
        inherit lib;
        example = folder + "/configuration.nix";
      };
      stale = lib.filter (file: builtins.readFile (folder + "/${file}") != rendered.${file}) [
        "auth.yaml"
        "rbac.yaml"
      ];
    in
    lib.nameValuePair "example-${name}" (ok "example-${name}" (stale ++ rendered.refusals))
  ) (builtins.readDir ../examples);

  # fixtures.nix is shared.
  vm = lib.listToAttrs (
    map (
      file:
      lib.nameValuePair "vm-${stem file}" (
        pkgs.testers.runNixOSTest {
          imports = [ (./vm + "/${file}") ];
          _module.args = { inherit self; };
        }
      )
    ) (lib.filter (file: file != "fixtures.nix") (files ./vm ".nix"))
  );
in
{
  inherit (pkgs) kube-oidc kube-oidc-site kube-oidc-zipapp;
  formatting = pkgs.runCommand "formatting" { nativeBuildInputs = [ pkgs.nixfmt ]; } ''
    find ${self} -name '*.nix' -exec nixfmt --check {} +
    touch $out
  '';
}
// lib.optionalAttrs isLinux (
  lib.mapAttrs' (
    name: failures: lib.nameValuePair "module-${name}" (ok "module-${name}" failures)
  ) evaluation
  // examples
  // vm
)
