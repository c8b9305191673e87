# Free-form values that become YAML: what pkgs.formats.json accepts, for modules that have only `lib`.
{ lib }:
let
  inherit (lib) types;
  value =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        types.path
        (types.attrsOf value)
        (types.listOf value)
      ]
    )
    // {
      description = "JSON value";
    };
in
{
  object = types.attrsOf value // {
    description = "JSON object";
  };

  # A value that the module itself generates: not merged or checked again.
  generated = types.raw // {
    description = "JSON object";
  };
}
