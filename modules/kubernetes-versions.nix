# Pure: which Kubernetes minor knows what of AuthenticationConfiguration
# (k8s.io/apiserver/pkg/apis/apiserver, pkg/features/kube_features.go).
{ lib }:
let
  atLeast = lib.flip lib.versionAtLeast;
in
rec {
  # "v1.36.3+k3s1" → "1.36"
  minor = version: lib.versions.majorMinor (lib.removePrefix "v" version);

  oldest = "1.29";

  apiVersion =
    version:
    "apiserver.config.k8s.io/"
    + (
      if atLeast "1.34" version then
        "v1"
      else if atLeast "1.30" version then
        "v1beta1"
      else
        "v1alpha1"
    );

  # Since when a field exists, and since when without its feature gate.
  fields = {
    file = {
      since = "1.29";
      default = "1.30";
      gate = "StructuredAuthenticationConfiguration";
    };
    severalIssuers.since = "1.30";
    discoveryURL.since = "1.30";
    audienceMatchPolicy.since = "1.30";
    anonymous = {
      since = "1.31";
      default = "1.32";
      gate = "AnonymousAuthConfigurableEndpoints";
    };
    egressSelectorType = {
      since = "1.34";
      default = "1.34";
      gate = "StructuredAuthenticationConfigurationEgressSelector";
    };
  };

  # Whether `version` knows the field and has its gate open; `gates` is what the cluster sets.
  knows =
    field: version: gates:
    let
      entry = fields.${field};
    in
    atLeast entry.since version
    && (!(entry ? gate) || gates.${entry.gate} or (atLeast entry.default version));
}
