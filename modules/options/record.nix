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
      contentOf = content: definitionsOf (at content);
      at = value: { inherit file value; };
      wrapAll = wrap: set: if builtins.isAttrs set then builtins.mapAttrs (_: wrap) set else set;
      each = wrap: map (item: at (wrapAll wrap item.value)) (contentOf value.content);
    in
    if value._type or null == "merge" then
      lib.concatMap contentOf value.contents
    else if value._type or null == "if" then
      each (lib.mkIf value.condition)
    else if value._type or null == "override" then
      each (lib.mkOverride value.priority)
    else
      [ (at value) ];

  unknownOption =
    loc: known: defs:
    let
      def = lib.findFirst (def: removeAttrs def.value known != { }) null defs;
      name = lib.head (builtins.attrNames (removeAttrs def.value known));
      similar = lib.filter (lib.strings.levenshteinAtMost 2 name) known;
    in
    throw "The option `${lib.showOption (loc ++ [ name ])}' does not exist (defined in ${def.file}). ${
      if similar == [ ] then
        "It has: ${lib.concatStringsSep ", " known}."
      else
        "Did you mean ${lib.concatStringsSep " or " similar}?"
    }";

  # A group of options, prepared once for all values: its `merge` takes the path, the defaults and the definitions.
  group =
    options:
    let
      known = builtins.attrNames options;
      parts = builtins.mapAttrs (_: part: if lib.isOption part then part else group part) options;
      definitionsFor =
        name:
        lib.concatMap (
          def:
          lib.optional (def.value ? ${name}) {
            inherit (def) file;
            value = def.value.${name};
          }
        );
      mergePart =
        loc: defaults: defs: name: part:
        let
          own = definitionsFor name defs;
          at = loc ++ [ name ];
          merged = lib.mergeDefinitions at part.type own;
        in
        if part ? merge then
          part.merge at (defaults.${name} or { }) (lib.concatMap definitionsOf own)
        else if own != [ ] && merged.isDefined then
          merged.mergedValue
        else
          defaults.${name} or part.default or merged.mergedValue;
    in
    {
      merge =
        loc: defaults: defs:
        if !lib.all (def: builtins.isAttrs def.value) defs then
          throw "A definition for option `${lib.showOption loc}' is not of type `attribute set'. Definition values:${lib.options.showDefs defs}"
        else if !lib.all (def: removeAttrs def.value known == { }) defs then
          unknownOption loc known defs
        else
          builtins.mapAttrs (mergePart loc defaults defs) parts;
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
