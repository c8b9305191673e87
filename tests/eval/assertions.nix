# Every assertion: the configuration that it refuses, what it says (the option and the remedy), and one that it lets
# pass.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    k3s
    master
    oidc
    refusals
    rke2
    ;

  all = imports: { inherit imports; };
  extraOpts = text: { services.kubernetes.apiserver.extraOpts = text; };
  gates = names: { services.kubernetes.apiserver.featureGates = lib.genAttrs names (_: true); };
  issuer = settings: oidc { issuers.sso = plain // settings; };
  grant =
    settings:
    oidc {
      grants.site = {
        issuer = "forgejo";
        user = "forgejo:repo:adam/site:ref:refs/heads/main";
        namespace = "site";
        preset = "deploy";
      }
      // settings;
    };
  job =
    workload:
    grant {
      user = [ ];
      inherit workload;
    };
  main = {
    repository = "adam/site";
    ref = "refs/heads/main";
  };

  plain = {
    url = "https://sso.example.org";
    audiences = [ "kubernetes" ];
    claimMappings.username = {
      claim = "sub";
      prefix = "sso:";
    };
  };

  many =
    count:
    oidc {
      issuers = lib.listToAttrs (
        map (
          number:
          lib.nameValuePair "i${toString number}" (
            plain // { url = "https://i${toString number}.example.org"; }
          )
        ) (lib.range 1 count)
      );
    };

  github =
    settings:
    oidc {
      issuers.github = {
        provider = "github";
        audiences = [ "k" ];
      }
      // settings;
    };

  # { good; bad; says; }: modules beside a master with the story's issuer, and words that the message must have.
  table = {
    ownAuthenticationConfig = {
      bad = extraOpts "--v=2 --authentication-config=/root/auth.yaml";
      good = extraOpts "--v=2";
      says = [
        "services.kubernetes.apiserver.extraOpts"
        "/root/auth.yaml"
        "services.kube-oidc.issuers"
      ];
    };
    ownAuthenticationConfigAsTwoWords = {
      bad = extraOpts "--authentication-config '/root/my auth.yaml'";
      good = extraOpts "--audit-log-path=/x--authentication-config=/root/auth.yaml";
      says = [ "/root/my auth.yaml" ];
    };
    flagTakenAway = {
      bad = extraOpts (lib.mkForce "--v=2");
      good = extraOpts (lib.mkBefore "--v=2");
      says = [
        "--authentication-config=/etc/kube-oidc/auth.yaml exactly once"
        "mkForce"
      ];
    };
    flagRepeated = {
      bad = extraOpts "--authentication-config=/etc/kube-oidc/auth.yaml";
      good = { };
      says = [ "exactly once" ];
    };
    oidcFlags = {
      bad = extraOpts "--oidc-issuer-url=https://x.example.org --oidc-client-id k";
      good = extraOpts "--service-account-issuer=https://x.example.org";
      says = [
        "--oidc-issuer-url, --oidc-client-id"
        "services.kubernetes.apiserver.extraOpts"
        "kube-oidc migrate"
      ];
    };
    oidcFlagsWithUnderscores = {
      bad = extraOpts "--oidc_issuer_url=https://x.example.org";
      good = extraOpts "--audit-log-path=/var/log/oidc_issuer_url";
      says = [ "--oidc-issuer-url" ];
    };
    anonymousFlag = {
      bad = all [
        (extraOpts "--anonymous-auth=false")
        (oidc { anonymous.enabled = false; })
      ];
      good = oidc { anonymous.enabled = false; };
      says = [
        "--anonymous-auth"
        "services.kube-oidc.anonymous = null"
      ];
    };
    anonymousConditionsWhileClosed = {
      bad = oidc { anonymous.conditions = [ { path = "/livez"; } ]; };
      good = oidc {
        anonymous = {
          enabled = true;
          conditions = [ { path = "/livez"; } ];
        };
      };
      says = [
        "services.kube-oidc.anonymous.conditions"
        "enabled = true"
      ];
    };
    kubernetesTooOld = {
      bad = oidc { kubernetesVersion = "1.28"; };
      good = oidc { kubernetesVersion = "1.30"; };
      says = [
        "services.kube-oidc.kubernetesVersion is 1.28"
        "1.29"
        "upgrade"
      ];
    };
    gateClosedFor129 = {
      bad = oidc { kubernetesVersion = "1.29"; };
      good = all [
        (oidc { kubernetesVersion = "1.29"; })
        (gates [ "StructuredAuthenticationConfiguration" ])
      ];
      says = [
        "services.kubernetes.apiserver.featureGates.StructuredAuthenticationConfiguration = true"
      ];
    };
    severalIssuersTooNew = {
      bad = all [
        (oidc { kubernetesVersion = "1.29"; })
        (gates [ "StructuredAuthenticationConfiguration" ])
        (issuer { })
      ];
      good = issuer { };
      says = [
        "services.kube-oidc.issuers with more than one issuer"
        "1.30"
      ];
    };
    anonymousTooNew = {
      bad = oidc {
        kubernetesVersion = "1.30";
        anonymous.enabled = false;
      };
      good = oidc {
        kubernetesVersion = "1.32";
        anonymous.enabled = false;
      };
      says = [
        "services.kube-oidc.anonymous needs Kubernetes 1.31"
        "this is 1.30"
      ];
    };
    anonymousBehindItsGate = {
      bad = oidc {
        kubernetesVersion = "1.31";
        anonymous.enabled = false;
      };
      good = all [
        (oidc {
          kubernetesVersion = "1.31";
          anonymous.enabled = false;
        })
        (gates [ "AnonymousAuthConfigurableEndpoints" ])
      ];
      says = [ "AnonymousAuthConfigurableEndpoints" ];
    };
    egressTooNew = {
      bad = all [
        (oidc { kubernetesVersion = "1.33"; })
        (issuer { egressSelectorType = "cluster"; })
      ];
      good = issuer { egressSelectorType = "cluster"; };
      says = [
        "egressSelectorType needs Kubernetes 1.34"
        "this is 1.33"
      ];
    };
    discoveryTooNew = {
      bad = all [
        (oidc { kubernetesVersion = "1.29"; })
        (issuer { discoveryURL = "https://x.example.org/.well-known/openid-configuration"; })
      ];
      good = issuer { discoveryURL = "https://x.example.org/.well-known/openid-configuration"; };
      says = [ "discoveryURL needs Kubernetes 1.30" ];
    };
    twoDistributions = {
      bad = {
        services.k3s.enable = true;
      };
      good = {
        services.k3s.enable = true;
        services.kube-oidc.distribution = "kubernetes";
      };
      says = [
        "services.kube-oidc.distribution"
        "kubernetes and k3s are both enabled"
      ];
    };
    noApiServerHere = {
      bad = {
        services.kubernetes.apiserver.enable = lib.mkForce false;
        services.kube-oidc.distribution = "kubernetes";
      };
      good = {
        services.kube-oidc.distribution = "kubernetes";
      };
      says = [
        "services.kubernetes.apiserver.enable"
        "distribution = \"file\""
      ];
    };
    serviceAccountIssuer = {
      bad = issuer { url = "https://kubernetes.default.svc"; };
      good = issuer { url = "https://kubernetes.default.svc.example.org"; };
      says = [
        "services.kube-oidc.issuers.sso.url"
        "service-account issuer"
        "services.kubernetes.apiserver.serviceAccountIssuer"
      ];
    };
    oneUrlTwice = {
      bad = issuer { url = "https://git.technowizardry.net/api/actions"; };
      good = issuer { url = "https://git.technowizardry.net/api/packages"; };
      says = [
        "services.kube-oidc.issuers.forgejo.url and services.kube-oidc.issuers.sso.url are the same"
        "one issuer of them"
      ];
    };
    oneUrlTwiceButForASlash = {
      bad = issuer { url = "https://git.technowizardry.net/api/actions/"; };
      good = issuer { url = "https://git.technowizardry.net/api/action"; };
      says = [ "are the same" ];
    };
    oneDiscoveryUrlTwice = {
      bad = all [
        (issuer { discoveryURL = "https://d.example.org/x"; })
        (oidc { issuers.forgejo.discoveryURL = "https://d.example.org/x"; })
      ];
      good = all [
        (issuer { discoveryURL = "https://d.example.org/x"; })
        (oidc { issuers.forgejo.discoveryURL = "https://d.example.org/y"; })
      ];
      says = [
        "services.kube-oidc.issuers.forgejo.discoveryURL and services.kube-oidc.issuers.sso.discoveryURL"
      ];
    };
    discoveryUrlIsTheUrl = {
      bad = issuer { discoveryURL = "https://sso.example.org/"; };
      good = issuer { discoveryURL = "https://sso.example.org/.well-known/openid-configuration"; };
      says = [
        "services.kube-oidc.issuers.sso.discoveryURL is the same as url"
        ".well-known"
      ];
    };
    sixtyFiveIssuers = {
      bad = many 64;
      good = many 63;
      says = [
        "services.kube-oidc.issuers has 65 issuers"
        "at most 64"
      ];
    };
    noUrl = {
      bad = oidc { issuers.forgejo.host = lib.mkForce null; };
      good = oidc {
        issuers.forgejo = {
          host = lib.mkForce null;
          url = "https://git.example.org/api/actions";
        };
      };
      says = [
        "services.kube-oidc.issuers.forgejo.url is not set"
        "set url, or host"
      ];
    };
    noAudience = {
      bad = issuer { audiences = [ ]; };
      good = issuer { audiences = [ "kubernetes" ]; };
      says = [
        "services.kube-oidc.issuers.sso.audiences is empty"
        "audiences = ["
      ];
    };
    severalAudiencesWithoutPolicy = {
      bad = issuer {
        audiences = [
          "a"
          "b"
        ];
        audienceMatchPolicy = "";
      };
      good = issuer {
        audiences = [
          "a"
          "b"
        ];
      };
      says = [
        "services.kube-oidc.issuers.sso.audienceMatchPolicy"
        "MatchAny"
      ];
    };
    twoAuthorities = {
      bad = issuer {
        certificateAuthority = "x";
        certificateAuthorityFile = ./assertions.nix;
      };
      good = issuer { certificateAuthority = "x"; };
      says = [ "certificateAuthority and certificateAuthorityFile: keep one" ];
    };
    noUserName = {
      bad = issuer { claimMappings = { }; };
      good = issuer { claimMappings.username.expression = "'sso:' + claims.sub"; };
      says = [
        "services.kube-oidc.issuers.sso.claimMappings.username is empty"
        "prefix = \"sso:\""
      ];
    };
    claimWithExpression = {
      bad = issuer {
        claimMappings.username = {
          claim = "sub";
          prefix = "sso:";
          expression = "claims.sub";
        };
      };
      good = issuer { claimMappings.username.expression = "claims.sub"; };
      says = [
        "services.kube-oidc.issuers.sso.claimMappings.username has claim and expression"
        "keep one"
      ];
    };
    claimWithoutPrefix = {
      bad = issuer { claimMappings.username.claim = "sub"; };
      good = issuer {
        claimMappings.username = {
          claim = "sub";
          prefix = "";
        };
      };
      says = [
        "services.kube-oidc.issuers.sso.claimMappings.username.prefix is missing"
        "prefix = \"sso:\""
      ];
    };
    groupsClaimWithoutPrefix = {
      bad = issuer {
        claimMappings = plain.claimMappings // {
          groups.claim = "groups";
        };
      };
      good = issuer {
        claimMappings = plain.claimMappings // {
          groups = {
            claim = "groups";
            prefix = "sso:";
          };
        };
      };
      says = [ "services.kube-oidc.issuers.sso.claimMappings.groups.prefix is missing" ];
    };
    prefixWithExpression = {
      bad = issuer {
        claimMappings.username = {
          prefix = "sso:";
          expression = "claims.sub";
        };
      };
      good = issuer { claimMappings.username.expression = "'sso:' + claims.sub"; };
      says = [
        "services.kube-oidc.issuers.sso.claimMappings.username.prefix stands beside expression"
        "'sso:' + "
      ];
    };
    uidClaimWithExpression = {
      bad = issuer {
        claimMappings = plain.claimMappings // {
          uid = {
            claim = "sub";
            expression = "claims.sub";
          };
        };
      };
      good = issuer {
        claimMappings = plain.claimMappings // {
          uid.claim = "sub";
        };
      };
      says = [ "services.kube-oidc.issuers.sso.claimMappings.uid has claim and expression" ];
    };
    trustWithoutTheClaim = {
      bad = oidc { issuers.forgejo.trust.environments = [ "production" ]; };
      good = oidc { issuers.forgejo.trust.refs = [ "refs/heads/main" ]; };
      says = [
        "services.kube-oidc.issuers.forgejo.trust.environments"
        "Forgejo Actions"
        "Use owners, "
      ];
    };
    trustWithoutAProvider = {
      bad = issuer { trust.protectedRefsOnly = true; };
      good = issuer { claimValidationRules = [ { expression = "claims.ref_protected == 'true'"; } ]; };
      says = [
        "services.kube-oidc.issuers.sso.trust.protectedRefsOnly"
        "set provider"
      ];
    };
    trustOfNothing = {
      bad = oidc { issuers.forgejo.trust.owners = [ ]; };
      good = oidc { issuers.forgejo.trust.owners = [ "adam" ]; };
      says = [
        "services.kube-oidc.issuers.forgejo.trust.owners is an empty list"
        "null"
      ];
    };
    allOfGitHub = {
      bad = github { };
      good = github { trust.ownerIds = [ "65" ]; };
      says = [
        "services.kube-oidc.issuers.github: https://token.actions.githubusercontent.com vouches for everyone"
        "services.kube-oidc.issuers.github.trust.ownerIds"
        "anyOwner = true"
      ];
    };
    allOfGitHubAcknowledged = {
      bad = github { trust.refs = [ "refs/heads/main" ]; };
      good = github { trust.anyOwner = true; };
      says = [ "anyOwner = true" ];
    };
    allOfGitHubWithoutItsProvider = {
      bad = issuer { url = "https://token.actions.githubusercontent.com"; };
      good = issuer {
        url = "https://token.actions.githubusercontent.com";
        claimValidationRules = [
          {
            claim = "repository_owner";
            requiredValue = "adam";
          }
        ];
      };
      says = [ "provider = \"github\"" ];
    };
    allOfGitHubPinnedByExpression = {
      bad = github { claimValidationRules = [ { expression = "claims.ref == 'refs/heads/main'"; } ]; };
      good = github {
        claimValidationRules = [ { expression = "claims.repository_owner_id == '65'"; } ];
      };
      says = [ "vouches for everyone" ];
    };
    allOfGitLab = {
      bad = oidc {
        issuers.gitlab = {
          provider = "gitlab";
          host = "gitlab.com";
          audiences = [ "k" ];
        };
      };
      good = oidc {
        issuers.gitlab = {
          provider = "gitlab";
          host = "gitlab.example.org";
          audiences = [ "k" ];
        };
      };
      says = [ "everyone at GitLab" ];
    };
    allOfBuildkite = {
      bad = oidc {
        issuers.bk = {
          provider = "buildkite";
          audiences = [ "k" ];
          trust.repositories = [ "site" ];
        };
      };
      good = oidc {
        issuers.bk = {
          provider = "buildkite";
          audiences = [ "k" ];
          trust.owners = [ "acme-inc" ];
        };
      };
      says = [ "services.kube-oidc.issuers.bk.trust.owners" ];
    };
    allOfGoogle = {
      bad = oidc {
        issuers.google = {
          provider = "google";
          audiences = [ "k" ];
        };
      };
      good = oidc {
        issuers.google = {
          provider = "google";
          audiences = [ "k" ];
          trust.owners = [ "example.org" ];
        };
      };
      says = [ "services.kube-oidc.issuers.google.trust.owners" ];
    };
    grantOfNoIssuer = {
      bad = grant { issuer = "forgjo"; };
      good = grant { };
      says = [
        "services.kube-oidc.grants.site.issuer is \"forgjo\""
        "it has forgejo"
      ];
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
    userOfAnotherIssuer = {
      bad = grant { user = "github:repo:adam/site:ref:refs/heads/main"; };
      good = grant { user = "forgejo:repo:adam/site:pull_request"; };
      says = [
        "services.kube-oidc.grants.site.user is \"github:repo:adam/site:ref:refs/heads/main\""
        "all begin with \"forgejo:\""
      ];
    };
    userOfNoSubject = {
      bad = grant { user = "forgejo:repo:adam/site:environment:production"; };
      good = grant { user = "forgejo:repo:adam-1/site-2:ref:refs/heads/main"; };
      says = [ "Forgejo Actions has no subject like \"repo:adam/site:environment:production\"" ];
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
        "services.kube-oidc.grants.site.workload does not say which user"
        "repo:{repository}:ref:{ref}"
      ];
    };
    workloadOfAnOwnExpression = {
      bad = all [
        (job main)
        (oidc { issuers.forgejo.claimMappings.username.expression = "claims.repository"; })
      ];
      good = all [
        (grant { user = "adam/site"; })
        (oidc { issuers.forgejo.claimMappings.username.expression = "claims.repository"; })
      ];
      says = [ "write the user's name as user" ];
    };
    workloadOfNoProvider = {
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
        "provider = \"generic\" says nothing of subjects"
        "set provider"
      ];
    };
    refAndTag = {
      bad = job (main // { tag = "v1"; });
      good = job {
        repository = "adam/site";
        tag = "v1";
      };
      says = [ "has ref and tag" ];
    };
    workloadThatTrustRefuses = {
      bad = all [
        (job main)
        (oidc { issuers.forgejo.trust.refs = [ "refs/tags/*" ]; })
      ];
      good = all [
        (job main)
        (oidc { issuers.forgejo.trust.refs = [ "refs/heads/ma*" ]; })
      ];
      says = [
        "services.kube-oidc.grants.site.workload can never be met"
        "services.kube-oidc.issuers.forgejo.trust.refs"
      ];
    };
    workloadOfAnEventThatIsNotTrusted = {
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
    nothingAppliesGrants = {
      bad = all [
        (grant { })
        { services.kubernetes.addonManager.enable = lib.mkForce false; }
      ];
      good = {
        services.kubernetes.addonManager.enable = lib.mkForce false;
      };
      says = [
        "services.kube-oidc.grants can't be applied"
        "services.kubernetes.addonManager.enable"
      ];
    };
    noRightsToApplyGrants = {
      bad = all [
        (grant { })
        { services.kubernetes.pki.enable = lib.mkForce false; }
      ];
      good = grant { };
      says = [
        "services.kubernetes.pki.enable (and easyCerts"
        "enable it"
      ];
    };
  };

  # The same on machines of other distributions.
  elsewhere = {
    k3sFlag = {
      bad = [
        k3s
        { services.k3s.extraFlags = [ "--kube-apiserver-arg=authentication-config=/root/auth.yaml" ]; }
      ];
      good = [
        k3s
        { services.k3s.extraFlags = [ "--kube-apiserver-arg=v=2" ]; }
      ];
      says = [ "services.k3s.extraFlags has --authentication-config=/root/auth.yaml" ];
    };
    k3sOidcFlagInAString = {
      bad = [
        k3s
        {
          services.k3s.extraFlags = "--disable traefik --kube-apiserver-arg oidc-issuer-url=https://x.example.org";
        }
      ];
      good = [
        k3s
        { services.k3s.extraFlags = "--disable traefik"; }
      ];
      says = [ "services.k3s.extraFlags has --oidc-issuer-url" ];
    };
    k3sAnonymousFlagAndSection = {
      bad = [
        k3s
        {
          services.k3s.extraFlags = [ "--kube-apiserver-arg=anonymous-auth=true" ];
          services.kube-oidc.anonymous.enabled = true;
        }
      ];
      good = [
        k3s
        { services.k3s.extraFlags = [ "--kube-apiserver-arg=anonymous-auth=true" ]; }
      ];
      says = [ "services.k3s.extraFlags has --anonymous-auth and services.kube-oidc.anonymous is set" ];
    };
    oldK3sWithAnonymous = {
      bad = [
        k3s
        {
          services.k3s.package = evaluate.package "1.32.4+k3s1";
          services.kube-oidc.anonymous.enabled = false;
        }
      ];
      good = [
        k3s
        {
          services.k3s.package = evaluate.package "1.32.5+k3s1";
          services.kube-oidc.anonymous.enabled = false;
        }
      ];
      says = [
        "k3s 1.32.4 sets --anonymous-auth by itself"
        "services.kube-oidc.anonymous = null"
      ];
    };
    k3sThatWouldOpenUp = {
      bad = [
        k3s
        { services.k3s.package = evaluate.package "1.31.9+k3s1"; }
      ];
      good = [
        k3s
        {
          services.k3s.package = evaluate.package "1.31.9+k3s1";
          services.k3s.extraFlags = [ "--kube-apiserver-arg=anonymous-auth=false" ];
        }
      ];
      says = [ "add \"--kube-apiserver-arg=anonymous-auth=false\" to services.k3s.extraFlags" ];
    };
    k3sAgent = {
      bad = [
        k3s
        {
          services.k3s.role = "agent";
          services.kube-oidc.distribution = "k3s";
        }
      ];
      good = [ k3s ];
      says = [
        "services.k3s runs no server on this machine"
        "servers alone"
      ];
    };
    k3sServiceAccountIssuer = {
      bad = [
        k3s
        (issuer { url = "https://kubernetes.default.svc.cluster.local"; })
      ];
      good = [
        k3s
        (issuer { url = "https://kubernetes.default.svc.cluster.local"; })
        { services.k3s.extraFlags = [ "--cluster-domain=example.org" ]; }
      ];
      says = [ "service-account issuer" ];
    };
    rke2Flag = {
      bad = [
        rke2
        { services.rke2.extraFlags = [ "--kube-apiserver-arg=authentication-config=/root/auth.yaml" ]; }
      ];
      good = [ rke2 ];
      says = [ "services.rke2.extraFlags has --authentication-config=/root/auth.yaml" ];
    };
    grantWithoutADistribution = {
      bad = [
        (oidc { enable = true; })
        forgejo
        (grant { })
      ];
      good = [
        (oidc { enable = true; })
        forgejo
      ];
      says = [
        "services.kube-oidc.grants can't be applied"
        "services.kube-oidc.manifests"
      ];
    };
  };

  onMaster = modules: [
    master
    forgejo
    modules
  ];

  capitalised = name: lib.toUpper (lib.substring 0 1 name) + lib.substring 1 (-1) name;

  has = words: message: lib.all (word: lib.hasInfix word message) words;

  cases = prefix: wrap: name: entry: {
    # One message says all of that.
    "test${prefix}${capitalised name}IsRefused" =
      let
        messages = refusals (wrap entry.bad);
      in
      {
        expr = if lib.any (has entry.says) messages then "said" else messages;
        expected = "said";
      };
    "test${prefix}${capitalised name}PassesWithTheRemedy" = {
      expr = refusals (wrap entry.good);
      expected = [ ];
    };
  };
in
lib.concatMapAttrs (cases "" onMaster) table // lib.concatMapAttrs (cases "On" lib.id) elsewhere
