# A type that takes one value or a list of them, and is always a list.
{ lib }:
type:
let
  inherit (lib) types;
in
types.coercedTo (types.addCheck types.unspecified (value: !(builtins.isList value))) lib.singleton (
  types.listOf type
)
// {
  description = "one or more of ${type.description or "submodule"}";
}
