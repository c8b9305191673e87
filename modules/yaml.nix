# Pure: a value → readable YAML, without a build (docs/decisions/rendered-yaml.md).
#
# A string is plain only if no YAML parser can read it as anything else, a block if it has several lines, and otherwise a
# JSON string, which every YAML parser accepts.
{ lib }:
{
  # Names of fields in output order; all others follow, sorted.
  order ? [ ],
}:
let
  # Plain scalars that some YAML parser reads as another type; serialize/yaml.py reads the same file.
  reserved = lib.importJSON ../pkgs/kube-oidc/src/kube_oidc/serialize/reserved-words.json;

  # Characters that JSON does not escape but YAML needs escaped: it rejects some, reads U+0085 as a line break and drops
  # U+FEFF.
  odd = [
    "7f"
  ]
  ++ lib.concatMap (digit: map (last: digit + last) (lib.stringToCharacters "0123456789abcdef")) [
    "8"
    "9"
  ];
  escapes = map (code: "\\u00${code}") odd ++ [
    "\\u2028"
    "\\u2029"
    "\\ufeff"
    "\\ufffe"
    "\\uffff"
  ];
  escaped = lib.replaceStrings (map (escape: builtins.fromJSON "\"${escape}\"") escapes) escapes;
  quoted = text: escaped (builtins.toJSON text);

  isBare =
    text:
    builtins.match "[A-Za-z/][A-Za-z0-9_./@+-]*(:[A-Za-z0-9_./@+-]+)*" text != null
    && !(lib.elem (lib.toLower text) reserved);

  isBlock =
    text: builtins.match "[!-~][ -~]*(\n[ -~]*)+" text != null && !(lib.hasSuffix "\n\n" text);

  indented = depth: line: lib.optionalString (line != "") (lib.fixedWidthString depth " " "" + line);

  block =
    depth: text:
    lib.concatStringsSep "\n" (
      [ (if lib.hasSuffix "\n" text then "|" else "|-") ]
      ++ map (indented depth) (lib.splitString "\n" (lib.removeSuffix "\n" text))
    );

  # Never a block, which isn't valid for keys.
  key = name: if isBare name then name else quoted name;

  scalar =
    depth: value:
    if !(builtins.isString value) then
      builtins.toJSON value
    else if isBare value then
      value
    else if isBlock value then
      block depth value
    else
      quoted value;

  rank = name: lib.lists.findFirstIndex (known: known == name) (lib.length order) order;

  fields =
    value:
    lib.sort (a: b: if rank a == rank b then a < b else rank a < rank b) (builtins.attrNames value);

  # What follows `name:`: a scalar on the same line, anything else on the lines below.
  below =
    depth: value:
    if (builtins.isAttrs value || builtins.isList value) && value != { } && value != [ ] then
      "\n" + indented depth (render depth value)
    else
      " " + scalar depth value;

  # The text of a value whose first line is already indented by `depth` spaces.
  render =
    depth: value:
    let
      join = lib.concatStringsSep ("\n" + lib.fixedWidthString depth " " "");
    in
    if value == { } || value == [ ] then
      builtins.toJSON value
    else if builtins.isAttrs value then
      join (map (name: "${key name}:${below (depth + 2) value.${name}}") (fields value))
    else if builtins.isList value then
      join (map (item: "- ${render (depth + 2) item}") value)
    else
      scalar depth value;
in
value: render 0 value + "\n"
