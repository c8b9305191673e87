# An example's results: the text of its file and of its RBAC objects.
{
  lib ? import <nixpkgs/lib>,
  example,
}:
let
  evaluate = import ./evaluate.nix { inherit lib; };
  toYAML = import ../../modules/yaml.nix { inherit lib; } {
    order = [
      "apiVersion"
      "kind"
      "metadata"
      "name"
      "namespace"
      "labels"
      "rules"
      "subjects"
      "roleRef"
      "apiGroups"
      "resources"
      "verbs"
    ];
  };
  system = evaluate.machine [ example ];
in
{
  "auth.yaml" = system.services.kube-oidc.configFile.config;
  "expectations.json" = system.services.kube-oidc.configFile.expectations;
  "rbac.yaml" = lib.concatMapStringsSep "---\n" toYAML (
    builtins.attrValues system.services.kube-oidc.manifests
  );
  refusals = map (item: item.message) (lib.filter (item: !item.assertion) system.assertions);
}
