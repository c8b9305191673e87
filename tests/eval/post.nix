# The article's own configuration (https://www.technowizardry.net): its file, its flags, its RBAC.
{ evaluate }:
let
  inherit (evaluate)
    labelled
    lib
    machine
    master
    oidc
    refusalsOf
    warningsOf
    ;

  flags = "--etcd-prefix=/registry --service-account-lookup=true --anonymous-auth=false --service-node-port-range=30000-32767";

  written = oidc {
    issuers.forgejo = {
      url = "https://git.technowizardry.net/api/actions";
      audiences = [ "forgejo" ];
      audienceMatchPolicy = "MatchAny";
      claimMappings.username = {
        claim = "sub";
        prefix = "forgejo:";
      };
    };
    grants.main-workflow = {
      issuer = "forgejo";
      user = "forgejo:repo:adam/technowizardry.net:ref:refs/heads/main";
      namespace = "technowizardry";
      rules = [
        {
          apiGroups = [ "apps" ];
          resources = [ "deployments" ];
          verbs = [
            "update"
            "list"
            "watch"
            "patch"
            "get"
            "create"
          ];
        }
      ];
    };
  };

  post = [
    master
    written
    {
      services.kubernetes.apiserver.extraOpts = flags;
      services.kube-oidc.kubernetesVersion = "1.33";
    }
  ];

  system = machine post;
  manifests = system.services.kube-oidc.manifests;
in
{
  testFileMatchesTheArticle = {
    expr = system.services.kube-oidc.configFile.config;
    expected = ''
      apiVersion: apiserver.config.k8s.io/v1beta1
      kind: AuthenticationConfiguration
      jwt:
        - issuer:
            url: https://git.technowizardry.net/api/actions
            audiences:
              - forgejo
            audienceMatchPolicy: MatchAny
          claimMappings:
            username:
              claim: sub
              prefix: "forgejo:"
    '';
  };

  testFlagsAreKeptAndOursIsAppendedOnce = {
    expr = system.services.kubernetes.apiserver.extraOpts;
    expected = "${flags} --authentication-config=/etc/kube-oidc/auth.yaml";
  };

  testTheUnitAppliesTheGrants = {
    expr = lib.hasInfix "--unit=kube-apiserver.service" (
      system.systemd.services.kube-oidc-apply.serviceConfig.ExecStart
    );
    expected = true;
  };

  testNoObjectIsAnAddon = {
    expr = labelled system.services.kubernetes.addonManager.bootstrapAddons;
    expected = { };
  };

  testNoAssertionFails = {
    expr = refusalsOf system;
    expected = [ ];
  };

  testNoWarning = {
    expr = warningsOf system;
    expected = [ ];
  };

  testFileIsAtAStablePath = {
    expr = system.environment.etc."kube-oidc/auth.yaml".source;
    expected = system.services.kube-oidc.configFile;
  };

  testRoleMatchesTheArticle = {
    expr = manifests."kube-oidc-role.technowizardry.main-workflow";
    expected = {
      apiVersion = "rbac.authorization.k8s.io/v1";
      kind = "Role";
      metadata = {
        name = "kube-oidc:main-workflow";
        namespace = "technowizardry";
        labels."app.kubernetes.io/managed-by" = "kube-oidc";
      };
      rules = [
        {
          apiGroups = [ "apps" ];
          resources = [ "deployments" ];
          verbs = [
            "update"
            "list"
            "watch"
            "patch"
            "get"
            "create"
          ];
        }
      ];
    };
  };

  testBindingMatchesTheArticle = {
    expr = manifests."kube-oidc-rolebinding.technowizardry.main-workflow";
    expected = {
      apiVersion = "rbac.authorization.k8s.io/v1";
      kind = "RoleBinding";
      metadata = {
        name = "kube-oidc:main-workflow";
        namespace = "technowizardry";
        labels."app.kubernetes.io/managed-by" = "kube-oidc";
      };
      subjects = [
        {
          kind = "User";
          apiGroup = "rbac.authorization.k8s.io";
          name = "forgejo:repo:adam/technowizardry.net:ref:refs/heads/main";
        }
      ];
      roleRef = {
        apiGroup = "rbac.authorization.k8s.io";
        kind = "Role";
        name = "kube-oidc:main-workflow";
      };
    };
  };

  testOnlyTheseObjects = {
    expr = builtins.attrNames manifests;
    expected = [
      "kube-oidc-role.technowizardry.main-workflow"
      "kube-oidc-rolebinding.technowizardry.main-workflow"
    ];
  };
}
