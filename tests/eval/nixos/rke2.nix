# An rke2 server.
{ evaluate }:
let
  inherit (evaluate)
    forgejo
    lib
    machine
    refusalsOf
    rke2
    warningsOf
    ;

  system = machine [
    rke2
    forgejo
    { services.rke2.extraFlags = [ "--cni=none" ]; }
  ];
in
{
  testNoAssertionFails = {
    expr = refusalsOf system;
    expected = [ ];
  };

  testNoWarning = {
    expr = warningsOf system;
    expected = [ ];
  };

  testFlagsAreAppended = {
    expr = lib.take 3 system.services.rke2.extraFlags;
    expected = [
      "--cni=none"
      "--kube-apiserver-arg=authentication-config=/kube-oidc/auth.yaml"
      "--kube-apiserver-extra-mount=/etc/kube-oidc:/kube-oidc:ro"
    ];
  };

  testAnonymousRequestsStayClosed = {
    expr = system.services.kube-oidc.authenticationConfiguration.anonymous;
    expected.enabled = false;
  };
}
