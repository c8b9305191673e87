# Assertions about the shape of a grant: what is refused, what the message says, and what passes.
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
  grantOfNoIssuer = {
    bad = grant { issuer = "forgjo"; };
    good = grant { };
    says = [
      "services.kube-oidc.grants.site.issuer is \"forgjo\""
      "it has forgejo"
    ];
  };
  twoGrantsOfOneName = {
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
      "services.kube-oidc.grants.blog and services.kube-oidc.grants.site make one Role of the name \"deployer\" in namespace site"
    ];
  };
  aNameThatIsAnotherGrantsOwn = {
    bad = all [
      (grant { })
      (grantB { name = "kube-oidc:site"; })
    ];
    good = all [
      (grant { })
      (grantB { })
    ];
    says = [ "make one Role" ];
  };
  aNameThatWouldBeTheSameFile = {
    bad = all [
      (grant { })
      (grantB { name = "site"; })
    ];
    good = grantB { name = "site"; };
    says = [ "one of the two would be lost" ];
  };
  grantForNobody = {
    bad = grant { user = [ ]; };
    good = grant { };
    says = [
      "services.kube-oidc.grants.site is for nobody"
      "set workload, user or group"
    ];
  };
  grantNowhere = {
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
  grantEverywhereAndSomewhere = {
    bad = grant { clusterWide = true; };
    good = grant { };
    says = [ "has namespace, clusterWide" ];
  };
  grantOfNothing = {
    bad = grant { preset = null; };
    good = grant {
      preset = null;
      clusterRole = "view";
    };
    says = [ "exactly one of preset, rules, role, clusterRole, and has none" ];
  };
  grantTwice = {
    bad = grant { role = "deployer"; };
    good = grant {
      preset = null;
      role = "deployer";
    };
    says = [ "and has preset, role" ];
  };
  roleForTheCluster = {
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
  pathsInANamespace = {
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
  ruleOfNothing = {
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
  ruleOfBothKinds = {
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
    says = [ "services.kube-oidc.grants.site.rules[0] has nonResourceURLs and resources" ];
  };
}
