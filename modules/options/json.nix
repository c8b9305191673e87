# Free-form values that become YAML.
{ lib }:
let
  inherit (lib) types;
  value =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.str
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
}
