# One machine with an issuer of every provider, and a grant to the example workload of each that has one.
{ evaluate }:
let
  inherit (evaluate)
    lib
    machine
    master
    oidc
    refusalsOf
    ;
  providing = import ../providing.nix { inherit evaluate; };
  inherit (providing) good known;

  # The issuers' URLs must differ: one host each.
  ownHost =
    name: settings:
    settings
    // lib.optionalAttrs (settings.host or null == "h.example.org") { host = "${name}.example.org"; };

  withWorkload = lib.filterAttrs (
    _: provider: provider ? exampleWorkload && (provider.username.claim or null) == "sub"
  ) known;

  system = machine [
    master
    (oidc {
      issuers = lib.mapAttrs (name: settings: ownHost name settings // { audiences = [ "k" ]; }) good;
      grants = lib.mapAttrs (issuer: provider: {
        inherit issuer;
        workload = provider.exampleWorkload;
        namespace = "n";
        preset = "deploy";
      }) withWorkload;
    })
  ];
  inherit (system.services.kube-oidc) authenticationConfiguration manifests;
in
{
  testNoAssertionFails = {
    expr = refusalsOf system;
    expected = [ ];
  };

  testEveryIssuerIsInTheFile = {
    expr = lib.length authenticationConfiguration.jwt;
    expected = lib.length (builtins.attrNames good);
  };

  testTheExampleWorkloadIsTheExampleSubject = {
    expr = lib.mapAttrs (
      name: _: map (subject: subject.name) manifests."kube-oidc-rolebinding.n.${name}".subjects
    ) withWorkload;
    expected = lib.mapAttrs (name: provider: [ "${name}:${provider.example.sub}" ]) withWorkload;
  };
}
