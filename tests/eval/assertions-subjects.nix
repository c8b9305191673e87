# Assertions about the subjects of a grant, and about applying it.
{ evaluate }:
let
  inherit (evaluate) lib oidc;
  refusing = import ./refusing.nix { inherit evaluate; };
  inherit (refusing)
    all
    extraOpts
    grant
    issuer
    job
    main
    github
    ;

  environment =
    workload:
    grant {
      issuer = "github";
      user = [ ];
      workload = {
        repository = "adam/site";
        environment = "production";
      }
      // workload;
    };
in
refusing.onMaster {
  shortRef = {
    bad = job (main // { ref = "main"; });
    good = job main;
    says = [
      "services.kube-oidc.grants.site.workload.ref is \"main\""
      "ref = \"refs/heads/main\""
    ];
  };
  repositoryWithoutAnOwner = {
    bad = job (main // { repository = "site"; });
    good = job main;
    says = [
      "services.kube-oidc.grants.site.workload.repository is \"site\""
      "\"adam/site\""
    ];
  };
  repositoryAsAUrl = {
    bad = job (main // { repository = "https://git.example.org/adam/site"; });
    good = job main;
    says = [ "repositories of Forgejo Actions look like" ];
  };
  # Forgejo's subjects have no environment: the grant would apply to every job on that branch.
  environmentThatIsNotInTheSubject = {
    bad = job (main // { environment = "production"; });
    good = job main;
    says = [
      "services.kube-oidc.grants.site.workload has environment, but the user name doesn't contain it"
      "Remove it."
    ];
  };
  # GitHub's subject has the environment instead of the branch.
  branchWithAnEnvironment = {
    bad = all [
      (github { trust.ownerIds = [ "65" ]; })
      (environment { ref = "refs/heads/main"; })
    ];
    good = all [
      (github {
        trust = {
          ownerIds = [ "65" ];
          refs = [ "refs/heads/main" ];
        };
      })
      (environment { ref = "refs/heads/main"; })
    ];
    says = [
      "workload has ref, but the user name doesn't contain it"
      "services.kube-oidc.issuers.github.trust.refs"
    ];
  };
  # The user name is only the repository.
  branchWithAMappedRepository = {
    bad = all [
      (job main)
      (oidc { issuers.forgejo.claimMappings.username.claim = "repository"; })
    ];
    good = all [
      (job { repository = "adam/site"; })
      (oidc { issuers.forgejo.claimMappings.username.claim = "repository"; })
    ];
    says = [ "workload has ref, but the user name doesn't contain it" ];
  };
  tagAsARef = {
    bad = job {
      repository = "adam/site";
      tag = "refs/tags/v1";
    };
    good = job {
      repository = "adam/site";
      tag = "v1";
    };
    says = [
      "services.kube-oidc.grants.site.workload.tag is \"refs/tags/v1\""
      "tag = \"v1\""
    ];
  };
  workloadWithAPattern = {
    bad = job (main // { repository = "adam/*"; });
    good = job main;
    says = [
      "services.kube-oidc.grants.site.workload has a * in repository"
      "one workload for each"
    ];
  };
  userOfAnotherIssuer = {
    bad = grant { user = "github:repo:adam/site:ref:refs/heads/main"; };
    good = grant { user = "forgejo:repo:adam/site:pull_request"; };
    says = [
      "services.kube-oidc.grants.site.user is \"github:repo:adam/site:ref:refs/heads/main\""
      "all start with \"forgejo:\""
    ];
  };
  userThatIsNoSubject = {
    bad = grant { user = "forgejo:repo:adam/site:environment:production"; };
    good = grant { user = "forgejo:repo:adam-1/site-2:ref:refs/heads/main"; };
    says = [ "Forgejo Actions has no subjects like \"repo:adam/site:environment:production\"" ];
  };
  groupOfAnIssuerWithoutGroups = {
    bad = grant { group = "forgejo:deployers"; };
    good = all [
      (grant { group = "forgejo:deployers"; })
      (oidc {
        issuers.forgejo.claimMappings.groups = {
          claim = "groups";
          prefix = "forgejo:";
        };
      })
    ];
    says = [
      "services.kube-oidc.grants.site.group"
      "claimMappings.groups"
    ];
  };
  workloadWithoutARef = {
    bad = job { repository = "adam/site"; };
    good = job main;
    says = [
      "services.kube-oidc.grants.site.workload doesn't identify a user"
      "repo:{repository}:ref:{ref}"
    ];
  };
  workloadWithACustomExpression = {
    bad = all [
      (job main)
      (oidc { issuers.forgejo.claimMappings.username.expression = "claims.repository"; })
    ];
    good = all [
      (grant { user = "adam/site"; })
      (oidc { issuers.forgejo.claimMappings.username.expression = "claims.repository"; })
    ];
    says = [ "set user instead" ];
  };
  workloadWithoutAProvider = {
    bad = all [
      (issuer { })
      (grant {
        issuer = "sso";
        user = [ ];
        workload = main;
      })
    ];
    good = all [
      (issuer { })
      (grant {
        issuer = "sso";
        user = "sso:repo:adam/site:ref:refs/heads/main";
      })
    ];
    says = [
      "the subjects of provider = \"generic\" are unknown"
      "set provider"
    ];
  };
  refAndTag = {
    bad = job (main // { tag = "v1"; });
    good = job {
      repository = "adam/site";
      tag = "v1";
    };
    says = [ "has both ref and tag" ];
  };
  workloadThatTrustRejects = {
    bad = all [
      (job main)
      (oidc { issuers.forgejo.trust.refs = [ "refs/tags/*" ]; })
    ];
    good = all [
      (job main)
      (oidc { issuers.forgejo.trust.refs = [ "refs/heads/ma*" ]; })
    ];
    says = [
      "services.kube-oidc.grants.site.workload can never match"
      "services.kube-oidc.issuers.forgejo.trust.refs"
    ];
  };
  workloadOfAnUntrustedEvent = {
    bad = job {
      repository = "adam/site";
      event = "pull_request";
    };
    good = all [
      (job {
        repository = "adam/site";
        event = "pull_request";
      })
      (oidc { issuers.forgejo.trust.events = [ "pull_request" ]; })
    ];
    says = [ "services.kube-oidc.issuers.forgejo.trust.events" ];
  };
  rbacIsOff = {
    bad = all [
      (grant { })
      { services.kubernetes.apiserver.authorizationMode = [ "AlwaysAllow" ]; }
    ];
    good = all [
      (grant { })
      { services.kubernetes.apiserver.authorizationMode = [ "AlwaysAllow" ]; }
      (extraOpts "--authorization-mode=Node,RBAC")
    ];
    says = [
      "services.kube-oidc.grants can't be applied"
      "services.kubernetes.apiserver.authorizationMode has no \"RBAC\""
    ];
  };
  noKubeconfigToApplyGrants = {
    bad = all [
      (grant { })
      {
        services.kubernetes.pki = {
          enable = lib.mkForce false;
          etcClusterAdminKubeconfig = lib.mkForce null;
        };
      }
    ];
    good = all [
      (grant { })
      { services.kubernetes.addonManager.enable = lib.mkForce false; }
    ];
    says = [
      "services.kube-oidc.grants can't be applied"
      "services.kube-oidc.kubeconfig is null"
    ];
  };
}
