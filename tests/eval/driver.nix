# One file of cases → the names of all and the failures of some, for pytest.
{ file }:
let
  lib = import <nixpkgs/lib>;
  cases = import file { evaluate = import ./evaluate.nix { inherit lib; }; };
in
{
  names = builtins.attrNames cases;
  failures = lib.runTests cases;
}
