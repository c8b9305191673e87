# An rke2 server.
{ evaluate }:
let
  inherit (evaluate)
    forgejo
    lib
    machine
    oidc
    refusalsOf
    rke2
    warningsOf
    ;

  system = machine [
    rke2
    forgejo
    (oidc {
      grants.site = {
        issuer = "forgejo";
        user = "forgejo:repo:adam/site:ref:refs/heads/main";
        namespace = "site";
        preset = "deploy";
      };
    })
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

  testTheUnitAppliesTheGrants = {
    expr = lib.hasInfix "--unit=rke2-server.service" (
      system.systemd.services.kube-oidc-apply.serviceConfig.ExecStart
    );
    expected = true;
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
