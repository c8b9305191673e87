# Pure: what each Kubernetes minor supports, from the file that the checker also reads.
{ lib }:
let
  data = lib.importJSON ../pkgs/kube-oidc/src/kube_oidc/verdict/versions.json;
  since = difference: data.differences.${difference}.since;
  atLeast = lib.flip lib.versionAtLeast;
in
rec {
  inherit (data) oldest newest;

  # "v1.36.3+k3s1" → "1.36"
  minor = version: lib.versions.majorMinor (lib.removePrefix "v" version);

  # Whether this minor has a feature of versions.json.
  has = difference: version: atLeast (since difference) version;

  apiVersion =
    version: "apiserver.config.k8s.io/" + (if has "file-v1" version then "v1" else "v1beta1");

  # The first minor with a field, the first with its feature gate on by default, and the gate
  # (k8s.io/apiserver/pkg/features/kube_features.go).
  fields = {
    file = {
      since = oldest;
      default = oldest;
      gate = "StructuredAuthenticationConfiguration";
    };
    anonymous = {
      since = since "anonymous-field";
      default = since "anonymous-by-default";
      gate = "AnonymousAuthConfigurableEndpoints";
    };
    egressSelectorType = {
      since = since "egress-selector-field";
      default = since "egress-selector-field";
      gate = "StructuredAuthenticationConfigurationEgressSelector";
    };
  };

  # Whether `version` has the field and its gate is on; `gates` are those that the cluster sets.
  knows =
    field: version: gates:
    let
      entry = fields.${field};
    in
    atLeast entry.since version && gates.${entry.gate} or (atLeast entry.default version);
}
