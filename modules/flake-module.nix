# For flake-parts: adds the checks of `lib.checks` to the flake's own.
{ self, lib, ... }:
let
  checks = import ./checks.nix { inherit lib; } { inherit self; };
in
{
  perSystem =
    { system, ... }:
    {
      checks = checks.${system} or { };
    };
}
