# One table for the module and the checker: configurations, what evaluation says about each, and what it renders.
# test_agreement.py asks the checker about the same files.
{
  lib ? import <nixpkgs/lib>,
}:
let
  evaluate = import ./evaluate.nix { inherit lib; };
  providing = import ./providing.nix { inherit evaluate; };
  inherit (evaluate)
    machine
    master
    oidc
    refusalsOf
    ;

  plain = {
    url = "https://sso.example.org";
    audiences = [ "kubernetes" ];
    claimMappings.username = {
      claim = "sub";
      prefix = "sso:";
    };
  };
  issuer = settings: { issuers.sso = lib.recursiveUpdate plain settings; };
  github = rules: {
    issuers.github = {
      provider = "github";
      audiences = [ "kubernetes" ];
      claimValidationRules = rules;
    };
  };
  expression = expression: [ { inherit expression; } ];
  grant = settings: {
    issuers.forgejo = forgejo;
    grants.g = {
      issuer = "forgejo";
      user = "forgejo:repo:adam/site:ref:refs/heads/main";
    }
    // settings;
  };
  forgejo = {
    provider = "forgejo";
    host = "git.example.org";
    audiences = [ "kubernetes" ];
    trust = {
      owners = [ "adam" ];
      events = null;
    };
    claimMappings.groups = {
      claim = "repository_owner";
      prefix = "owner:";
    };
  };
  rule = {
    apiGroups = [ "apps" ];
    resources = [ "deployments" ];
    verbs = [ "get" ];
  };

  tables = {
    # What Kubernetes refuses in an AuthenticationConfiguration.
    issuers = {
      plain = issuer { };
      noAudience = issuer { audiences = [ ]; };
      audienceTwice = issuer {
        audiences = [
          "a"
          "a"
        ];
      };
      audiences = issuer {
        audiences = [
          "a"
          "b"
        ];
      };
      audiencesWithoutMatchAny = issuer {
        audiences = [
          "a"
          "b"
        ];
        audienceMatchPolicy = "";
      };
      serviceAccountIssuer = issuer { url = "https://kubernetes.default.svc"; };
      discoveryAtTheIssuer = issuer { discoveryURL = "https://sso.example.org"; };
      discoveryAtTheIssuerWithASlash = issuer { discoveryURL = "https://sso.example.org/"; };
      discoveryElsewhere = issuer { discoveryURL = "https://sso.internal/x/.well-known/openid-configuration"; };
      urlTwice = {
        issuers = {
          a = plain;
          b = plain;
        };
      };
      urlTwiceWithASlash = {
        issuers = {
          a = plain;
          b = plain // {
            url = "https://sso.example.org/";
          };
        };
      };
      discoveryTwice = {
        issuers = lib.genAttrs [ "a" "b" ] (
          name:
          plain
          // {
            url = "https://${name}.example.org";
            discoveryURL = "https://sso.internal/.well-known/openid-configuration";
          }
        );
      };
      discoveryTwiceWithASlash = {
        issuers = lib.genAttrs [ "a" "b" ] (
          name:
          plain
          // {
            url = "https://${name}.example.org";
            discoveryURL = "https://sso.internal/x${lib.optionalString (name == "b") "/"}";
          }
        );
      };
      discoveryAtAnotherIssuer = {
        issuers = {
          a = plain;
          b = plain // {
            url = "https://b.example.org";
            discoveryURL = "https://sso.example.org";
          };
        };
      };
      noUsername = issuer { claimMappings.username = lib.mkForce { claim = null; }; };
      claimWithoutPrefix = issuer { claimMappings.username.prefix = null; };
      claimAndExpression = issuer { claimMappings.username.expression = "claims.sub"; };
      groupsWithoutPrefix = issuer {
        claimMappings.groups = {
          claim = "groups";
          prefix = null;
        };
      };
      uidClaimAndExpression = issuer {
        claimMappings.uid = {
          claim = "sub";
          expression = "claims.sub";
        };
      };
      emptyPrefix = issuer { claimMappings.username.prefix = ""; };
      issuers64 = many 64;
      issuers65 = many 65;
    };

    # What Kubernetes refuses in a rule of a Role or ClusterRole.
    rules = lib.mapAttrs (_: grant) {
      plain = inNamespace [ rule ];
      noVerbs = inNamespace [ (rule // { verbs = [ ]; }) ];
      noResources = inNamespace [ (rule // { resources = [ ]; }) ];
      noGroups = inNamespace [ (rule // { apiGroups = [ ]; }) ];
      paths = {
        clusterWide = true;
        rules = [
          {
            nonResourceURLs = [ "/metrics" ];
            verbs = [ "get" ];
          }
        ];
      };
      pathsInANamespace = inNamespace [
        {
          nonResourceURLs = [ "/metrics" ];
          verbs = [ "get" ];
        }
      ];
      pathsAndResources = {
        clusterWide = true;
        rules = [ (rule // { nonResourceURLs = [ "/metrics" ]; }) ];
      };
    };

    # What keeps strangers out of an issuer that everyone shares.
    pins = lib.mapAttrs (_: github) {
      nothing = [ ];
      owner = [
        {
          claim = "repository_owner";
          requiredValue = "adam";
        }
      ];
      ownerId = [
        {
          claim = "repository_owner_id";
          requiredValue = "65";
        }
      ];
      ref = [
        {
          claim = "ref";
          requiredValue = "refs/heads/main";
        }
      ];
      ownerByExpression = expression "claims.repository_owner == 'adam'";
      repositoriesByExpression = expression "claims.repository in ['adam/site', 'adam/blog']";
      refByExpression = expression "claims.ref == 'refs/heads/main'";
      eventByExpression = expression "claims.event_name == 'push'";
      anyoneButEve = expression "claims.repository_owner != 'eve'";
      anyOwnerAtAll = expression "has(claims.repository_owner)";
    };

    # Users and groups that no token of the issuer can have.
    users = lib.genAttrs [
      "forgejo:repo:adam/site:ref:refs/heads/main"
      "forgejo:repo:adam/site:pull_request"
      "forgejo:repo:adam-2/site-17:ref:refs/heads/main"
      "repo:adam/site:ref:refs/heads/main"
      "forgejo:adam/site"
      "forgejo:repo:adam/site:environment:production"
      "forgejo:repo:eve/site:ref:refs/heads/main"
    ] (user: grant (bound { inherit user; }));
    groups = lib.genAttrs [
      "owner:adam"
      "adam"
      "owner:eve"
    ] (group: grant (bound { user = [ ]; inherit group; }));

    # Jobs, of every provider: the user that evaluation writes into the binding must be one that a token becomes.
    workloads =
      lib.mapAttrs
        (name: provider: {
          issuers.${name} = providing.good.${name} // {
            audiences = [ "kubernetes" ];
          };
          grants.g = bound {
            issuer = name;
            workload = provider.exampleWorkload;
          };
        })
        (lib.filterAttrs (_: provider: provider ? exampleWorkload) providing.known)
      // lib.mapAttrs (_: workload: grant (bound { user = [ ]; inherit workload; })) {
        numbers = main // {
          ownerId = "2";
          repositoryId = "17";
        };
        tag = {
          repository = "adam/site";
          tag = "v1";
        };
        pullRequest = {
          repository = "adam/site";
          event = "pull_request";
        };
      };
  };

  main = {
    repository = "adam/site";
    ref = "refs/heads/main";
  };
  inNamespace = rules: {
    namespace = "site";
    inherit rules;
  };
  bound =
    settings:
    {
      namespace = "site";
      preset = "deploy";
    }
    // settings;
  many =
    count:
    {
      issuers = lib.listToAttrs (
        map (
          number:
          lib.nameValuePair "i${toString number}" (
            plain // { url = "https://i${toString number}.example.org"; }
          )
        ) (lib.range 1 count)
      );
    };

  answer =
    settings:
    let
      system = machine [
        master
        (oidc settings)
      ];
    in
    {
      refusals = refusalsOf system;
      file = builtins.toJSON system.services.kube-oidc.authenticationConfiguration;
      objects = builtins.attrValues system.services.kube-oidc.manifests;
    };
in
lib.mapAttrs (_: lib.mapAttrs (_: answer)) tables
