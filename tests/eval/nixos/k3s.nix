# A k3s server with options of its user's: flags as a string, a configuration file and manifests.
{ evaluate }:
let
  inherit (evaluate)
    forgejo
    k3s
    lib
    machine
    oidc
    refusalsOf
    warningsOf
    ;

  system = machine [
    k3s
    forgejo
    (oidc {
      issuers.forgejo.trust.owners = [ "adam" ];
      grants.site = {
        issuer = "forgejo";
        workload = {
          repository = "adam/site";
          ownerId = "2";
          repositoryId = "17";
          ref = "refs/heads/main";
        };
        namespace = "site";
        preset = "deploy";
      };
    })
    {
      services.k3s = {
        extraFlags = "--disable traefik";
        configPath = "/etc/rancher/k3s/config.yaml";
        manifests.mine.content.kind = "Namespace";
      };
    }
  ];
in
{
  testNoAssertionFails = {
    expr = refusalsOf system;
    expected = [ ];
  };

  testFlagIsAppended = {
    expr = system.services.k3s.extraFlags;
    expected = "--disable traefik --kube-apiserver-arg=authentication-config=/etc/kube-oidc/auth.yaml";
  };

  testFlagReachesTheUnit = {
    expr = lib.hasInfix "authentication-config=/etc/kube-oidc/auth.yaml" (
      toString system.systemd.services.k3s.serviceConfig.ExecStart
    );
    expected = true;
  };

  testAnonymousRequestsStayClosed = {
    expr = system.services.kube-oidc.authenticationConfiguration.anonymous;
    expected.enabled = false;
  };

  testTheUsersConfigurationFileIsWarnedOf = {
    expr = map (lib.hasInfix "/etc/rancher/k3s/config.yaml") (warningsOf system);
    expected = [ true ];
  };

  testTheUsersManifestStays = {
    expr = system.services.k3s.manifests.mine.content.kind;
    expected = "Namespace";
  };

  testTheUnitAppliesTheGrants = {
    expr = lib.hasInfix "--unit=k3s.service" (
      system.systemd.services.kube-oidc-apply.serviceConfig.ExecStart
    );
    expected = true;
  };

  testObjects = {
    expr = builtins.attrNames system.services.kube-oidc.manifests;
    expected = [
      "kube-oidc-role.site.site"
      "kube-oidc-rolebinding.site.site"
    ];
  };
}
