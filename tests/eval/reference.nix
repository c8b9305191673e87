# docs/options.md: every option of the module, generated from its declaration.
{
  lib ? import <nixpkgs/lib>,
}:
let
  evaluate = import ./evaluate.nix { inherit lib; };
  options =
    (lib.evalModules {
      modules = [
        ./stubs.nix
        ../../modules
        { _module.args.pkgs = import ./pkgs.nix { inherit lib; }; }
      ];
    }).options;

  documented = lib.filter (option: option.visible && !option.internal) (
    lib.optionAttrSetToDocList options.services.kube-oidc
  );

  # Roles of the NixOS manual's Markdown as plain code.
  plain = lib.replaceStrings [ "{option}`" "{file}`" "{command}`" ] [ "`" "`" "`" ];

  code = text: if lib.hasInfix "\n" text then "\n\n```nix\n${text}\n```" else " `${text}`";

  value =
    given:
    if given._type or "" == "literalMD" then
      " " + plain given.text
    else if given ? text then
      code given.text
    else
      code (lib.generators.toPretty { } given);

  # The providers are a folder of their own: the page doesn't change with each.
  providers = (lib.types.enum (import ../../modules/providers.nix { inherit lib; }).names).description;
  typeOf =
    option:
    if option.type == providers then
      "name of a provider: a folder in [examples](../examples), or \"generic\""
    else
      option.type;

  entry =
    option:
    lib.concatStringsSep "\n" (
      [
        "### `${option.name}`"
        ""
        (lib.removeSuffix "\n" (plain (option.description.text or option.description)))
        ""
        "*Type:* ${typeOf option}"
      ]
      ++ lib.optionals (option ? default) [
        ""
        "*Default:*${value option.default}"
      ]
      ++ lib.optionals (option ? example) [
        ""
        "*Example:*${value option.example}"
      ]
      ++ lib.optionals option.readOnly [
        ""
        "*Read only.*"
      ]
    );

  incomplete = lib.filter (
    option: !(option ? description) || !(option ? example || option.readOnly)
  ) documented;
in
{
  incomplete = map (option: option.name) incomplete;
  text = ''
    # Options

    Generated from the module options; a test fails if this page is stale (`OPTIONS=write make test` updates it).
    Names are those of the Kubernetes API, so that documentation of AuthenticationConfiguration applies as it is.

    ${lib.concatMapStringsSep "\n\n" entry documented}
  '';
}
