# Feature gates as kube-apiserver reads them, by the table that the checker is held to as well.
{ evaluate }:
let
  inherit (evaluate) lib;
  flags = import ../../modules/flags.nix { inherit lib; };
  table = (lib.importJSON ../../pkgs/kube-oidc/tests/feature_gates.json).cases;
  read =
    text:
    flags.gates [
      {
        name = "feature-gates";
        value = text;
      }
    ];
in
{
  testGatesAreReadAsTheApiServerReadsThem = {
    expr = lib.mapAttrs (text: _: read text) table;
    expected = lib.mapAttrs (_: gates: if gates == null then { } else gates) table;
  };

  testFlagsOfOneNameAreOneList = {
    expr = flags.gates (flags.parse (flags.words "--feature-gates=A=true --feature-gates B=0,C=T"));
    expected = {
      A = true;
      B = false;
      C = true;
    };
  };
}
