# Assertions about the shape of a grant.
{ evaluate }:
let
  inherit (evaluate) oidc;
  refusing = import ./refusing.nix { inherit evaluate; };
  inherit (refusing) all grant issuer;

  grantB =
    settings:
    oidc {
      grants.blog = {
        issuer = "forgejo";
        user = "forgejo:repo:adam/blog:ref:refs/heads/main";
        namespace = "site";
        preset = "view";
      }
      // settings;
    };

  ruled =
    rule:
    grant {
      preset = null;
      rules = [ rule ];
    };

  everywhere =
    rules:
    grant {
      preset = null;
      namespace = [ ];
      clusterWide = true;
      inherit rules;
    };
in
refusing.onMaster {
  grantOfAnUnknownIssuer = {
    bad = grant { issuer = "forgjo"; };
    good = grant { };
    says = [
      "services.kube-oidc.grants.site.issuer is \"forgjo\""
      "it has forgejo"
    ];
  };
  twoGrantsWithOneName = {
    bad = all [
      (grant { name = "deployer"; })
      (grantB { name = "deployer"; })
    ];
    good = all [
      (grant { name = "deployer"; })
      (grantB {
        name = "deployer";
        namespace = "blog";
      })
    ];
    says = [
      "services.kube-oidc.grants.blog and services.kube-oidc.grants.site both define the Role \"deployer\" in namespace site"
    ];
  };
  aNameThatIsAnotherGrantsDefault = {
    bad = all [
      (grant { })
      (grantB { name = "kube-oidc:site"; })
    ];
    good = all [
      (grant { })
      (grantB { })
    ];
    says = [ "both define the Role" ];
  };
  aNameWithTheSameFile = {
    bad = all [
      (grant { })
      (grantB { name = "site"; })
    ];
    good = grantB { name = "site"; };
    says = [ "one of them would be lost" ];
  };
  grantWithoutSubjects = {
    bad = grant { user = [ ]; };
    good = grant { };
    says = [
      "services.kube-oidc.grants.site has no subjects"
      "set workload, user or group"
    ];
  };
  grantWithoutANamespace = {
    bad = grant { namespace = [ ]; };
    good = grant {
      namespace = [ ];
      clusterWide = true;
    };
    says = [
      "services.kube-oidc.grants.site needs exactly one of namespace, clusterWide"
      "has none"
    ];
  };
  grantClusterWideAndInANamespace = {
    bad = grant { clusterWide = true; };
    good = grant { };
    says = [ "has namespace, clusterWide" ];
  };
  grantWithoutPermissions = {
    bad = grant { preset = null; };
    good = grant {
      preset = null;
      clusterRole = "view";
    };
    says = [ "exactly one of preset, rules, role, clusterRole, but has none" ];
  };
  grantWithTwoRoles = {
    bad = grant { role = "deployer"; };
    good = grant {
      preset = null;
      role = "deployer";
    };
    says = [ "but has preset, role" ];
  };
  roleClusterWide = {
    bad = grant {
      preset = null;
      role = "deployer";
      namespace = [ ];
      clusterWide = true;
    };
    good = grant {
      preset = null;
      clusterRole = "deployer";
      namespace = [ ];
      clusterWide = true;
    };
    says = [
      "services.kube-oidc.grants.site.role"
      "use clusterRole"
    ];
  };
  noNamespaceToCreate = {
    bad = grant {
      namespace = [ ];
      clusterWide = true;
      createNamespace = true;
    };
    good = grant { createNamespace = true; };
    says = [ "services.kube-oidc.grants.site.createNamespace" ];
  };
  urlPathsInANamespace = {
    bad = grant {
      preset = null;
      rules = [
        {
          nonResourceURLs = [ "/metrics" ];
          verbs = [ "get" ];
        }
      ];
    };
    good = grant {
      preset = null;
      namespace = [ ];
      clusterWide = true;
      rules = [
        {
          nonResourceURLs = [ "/metrics" ];
          verbs = [ "get" ];
        }
      ];
    };
    says = [
      "services.kube-oidc.grants.site.rules has nonResourceURLs"
      "clusterWide = true"
    ];
  };
  ruleWithoutVerbs = {
    bad = ruled {
      apiGroups = [ "apps" ];
      resources = [ "deployments" ];
    };
    good = ruled {
      apiGroups = [ "apps" ];
      resources = [ "deployments" ];
      verbs = [ "get" ];
    };
    says = [ "services.kube-oidc.grants.site.rules[0].verbs is empty" ];
  };
  ruleWithoutGroups = {
    bad = ruled {
      resources = [ "pods" ];
      verbs = [ "get" ];
    };
    good = ruled {
      apiGroups = [ "" ];
      resources = [ "pods" ];
      verbs = [ "get" ];
    };
    says = [
      "services.kube-oidc.grants.site.rules[0] needs apiGroups and resources"
      "apiGroups = [ \"\" ]"
    ];
  };
  ruleWithoutResources = {
    bad = ruled {
      apiGroups = [ "" ];
      verbs = [ "get" ];
    };
    good = ruled {
      apiGroups = [ "" ];
      resources = [ "pods" ];
      verbs = [ "get" ];
    };
    says = [ "services.kube-oidc.grants.site.rules[0] needs apiGroups and resources" ];
  };
  ruleWithResourcesAndUrlPaths = {
    bad = everywhere [
      {
        apiGroups = [ "" ];
        resources = [ "pods" ];
        nonResourceURLs = [ "/metrics" ];
        verbs = [ "get" ];
      }
    ];
    good = everywhere [
      {
        apiGroups = [ "" ];
        resources = [ "pods" ];
        verbs = [ "get" ];
      }
      {
        nonResourceURLs = [ "/metrics" ];
        verbs = [ "get" ];
      }
    ];
    says = [ "services.kube-oidc.grants.site.rules[0] has both nonResourceURLs and resources" ];
  };
}
