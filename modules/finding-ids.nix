# The ids of all findings: the folders of the rules, where an id's dashes are underscores.
{ lib }:
let
  rules = ../pkgs/kube-oidc/src/kube_oidc/rules;
  isRule = name: type: type == "directory" && builtins.pathExists (rules + "/${name}/page.md");
in
map (lib.replaceStrings [ "_" ] [ "-" ]) (
  builtins.attrNames (lib.filterAttrs isRule (builtins.readDir rules))
)
