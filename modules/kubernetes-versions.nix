# Pure: what each Kubernetes minor can do, by the names of versions.json, which the checker reads too.
{ lib }:
let
  data = lib.importJSON ../pkgs/kube-oidc/src/kube_oidc/verdict/versions.json;
  since = difference: data.differences.${difference}.since;
  atLeast = lib.flip lib.versionAtLeast;
in
rec {
  inherit (data) oldest;

  # "v1.36.3+k3s1" → "1.36"
  minor = version: lib.versions.majorMinor (lib.removePrefix "v" version);

  # Whether this minor has what the difference brought.
  has = difference: version: atLeast (since difference) version;

  apiVersion =
    version: "apiserver.config.k8s.io/" + (if has "file-v1" version then "v1" else "v1beta1");

  # The first minor that has a field, the first that has its feature gate open, and the gate.
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

  # Whether `version` has the field and its gate is open; `gates` is what the cluster sets.
  knows =
    field: version: gates:
    let
      entry = fields.${field};
    in
    atLeast entry.since version && gates.${entry.gate} or (atLeast entry.default version);
}
