# A type that takes one value or a list, and always results in a list.
{ lib }:
type:
let
  inherit (lib) types;
  list = types.listOf type;

  asList = def: if builtins.isList def.value then def else def // { value = [ def.value ]; };

  # Attribute sets of several modules are parts of one value, as everywhere in NixOS.
  mergeSingles =
    loc: defs:
    let
      single = builtins.partition (def: builtins.isAttrs def.value) defs;
    in
    if single.right == [ ] then
      map asList defs
    else
      [
        {
          inherit (lib.head single.right) file;
          value = [ (lib.mergeDefinitions loc type single.right).mergedValue ];
        }
      ]
      ++ map asList single.wrong;
in
lib.mkOptionType {
  name = "oneOrMore";
  description = "one or more of ${type.description or "submodule"}";
  check = value: builtins.isList value || type.check value;
  merge = loc: defs: list.merge loc (mergeSingles loc defs);
  inherit (list) getSubOptions;
}
