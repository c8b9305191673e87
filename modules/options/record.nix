# A submodule of plain attribute sets that costs little to evaluate: the module system evaluates every option of a
# submodule for every value, and this merges only what is defined (docs/decisions/evaluation-cost.md).
#
# Properties (mkIf, mkForce, mkMerge, mkBefore …), merging across modules, error messages and the generated manual are
# those of a submodule. Definitions that are functions or files fall back to one.
{ lib }:
{
  # Options as in a submodule; defaults that depend on the value are in `defaults`.
  options,
  # { name, config }: → values for options without a definition, nested like `options`.
  defaults ? _: { },
}:
let
  inherit (lib) types;

  # The same as a submodule, for the manual and for definitions that need one.
  submodule = types.submodule (
    { name, config, ... }:
    {
      inherit options;
      config = lib.mapAttrsRecursiveCond (
        value: builtins.isAttrs value && !(value ? _type)
      ) (_: lib.mkOverride 1400) (defaults { inherit name config; });
    }
  );

  # mkIf, mkMerge and mkOverride around a group of options apply to each of them.
  definitionsOf =
    { file, value }:
    let
      each = wrap: map (item: item // { value = builtins.mapAttrs (_: wrap) item.value; });
      inner = content: definitionsOf { inherit file; value = content; };
    in
    if value._type or null == "merge" then
      lib.concatMap inner value.contents
    else if value._type or null == "if" then
      each (lib.mkIf value.condition) (inner value.content)
    else if value._type or null == "override" then
      each (lib.mkOverride value.priority) (inner value.content)
    else
      [ { inherit file value; } ];

  unknownOption =
    loc: known: defs:
    let
      unknown = lib.concatMap (
        def: map (name: { inherit (def) file; inherit name; }) (builtins.attrNames (removeAttrs def.value known))
      ) defs;
      inherit (lib.head unknown) file name;
      similar = lib.filter (lib.strings.levenshteinAtMost 2 name) known;
    in
    throw "The option `${lib.showOption (loc ++ [ name ])}' does not exist (defined in ${file}). ${
      if similar == [ ] then
        "It has: ${lib.concatStringsSep ", " known}."
      else
        "Did you mean ${lib.concatStringsSep " or " similar}?"
    }";

  # names: of `options`, computed once for all values.
  group =
    options:
    let
      names = builtins.mapAttrs (_: _: null) options;
      parts = builtins.mapAttrs (_: option: if lib.isOption option then option else group option) options;
    in
    {
      merge =
        loc: defaults: defs:
        if !lib.all (def: removeAttrs def.value (builtins.attrNames names) == { }) defs then
          unknownOption loc (builtins.attrNames names) defs
        else
          builtins.mapAttrs (
            name: part:
            let
              own = lib.concatMap (
                def:
                lib.optional (def.value ? ${name}) {
                  inherit (def) file;
                  value = def.value.${name};
                }
              ) defs;
              at = loc ++ [ name ];
              merged = lib.mergeDefinitions at part.type own;
            in
            if part ? merge then
              part.merge at (defaults.${name} or { }) (lib.concatMap definitionsOf own)
            else if own != [ ] && merged.isDefined then
              merged.mergedValue
            else
              defaults.${name} or part.default or merged.mergedValue
          ) parts;
    };
  inherit (group options) merge;
in
lib.mkOptionType {
  name = "record";
  description = "submodule";
  inherit (submodule) check getSubOptions;
  merge =
    loc: defs:
    if lib.all (def: builtins.isAttrs def.value) defs then
      lib.fix (
        config:
        merge loc (defaults {
          inherit config;
          name = lib.last loc;
        }) defs
      )
    else
      submodule.merge loc defs;
}
