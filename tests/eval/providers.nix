# What each provider sets: URL, mapping, prefix, events; what trust becomes; which user a workload is.
{ evaluate }:
let
  inherit (evaluate)
    lib
    machine
    master
    oidc
    refusals
    ;

  known = (import ../../modules/providers.nix { inherit lib; }).all;

  ofIssuer =
    settings:
    machine [
      master
      (oidc {
        issuers.x = {
          audiences = [ "k" ];
        }
        // settings;
      })
    ];

  issuer = settings: (ofIssuer settings).services.kube-oidc.issuers.x;
  entry = settings: lib.head (ofIssuer settings).services.kube-oidc.authenticationConfiguration.jwt;

  expressions =
    provider: trust:
    map (rule: rule.expression)
      (entry {
        inherit provider;
        host = "h.example.org";
        trust = {
          events = null;
        }
        // trust;
      }).claimValidationRules or [ ];

  usersOf =
    settings: workload:
    map (subject: subject.name)
      (machine [
        master
        (oidc {
          issuers.x = {
            audiences = [ "k" ];
          }
          // settings;
          grants.g = {
            issuer = "x";
            inherit workload;
            namespace = "n";
            preset = "deploy";
          };
        })
      ]).services.kube-oidc.manifests."kube-oidc-rolebinding.n.g".subjects;

  forgejo = {
    provider = "forgejo";
    host = "h.example.org";
  };
  github.provider = "github";
  gitlab.provider = "gitlab";
  buildkite.provider = "buildkite";
  circleci = {
    provider = "circleci";
    organization = "o";
  };

  # A good configuration of every provider, and one that is refused with what it says.
  each = {
    forgejo = {
      good = forgejo;
      url = "https://h.example.org/api/actions";
      bad.provider = "forgejo";
      says = "set url, or host";
    };
    github = {
      good = github // {
        trust.owners = [ "octo-org" ];
      };
      url = "https://token.actions.githubusercontent.com";
      bad = github;
      says = "trust.ownerIds";
    };
    gitlab = {
      good = gitlab // {
        host = "gitlab.example.org";
      };
      url = "https://gitlab.example.org";
      bad = gitlab;
      says = "trust.owners";
    };
    buildkite = {
      good = buildkite // {
        trust.ownerIds = [ "f02d6a6f" ];
      };
      url = "https://agent.buildkite.com";
      bad = buildkite // {
        trust.refs = [ "main" ];
      };
      says = "trust.ownerIds";
    };
    circleci = {
      good = circleci;
      url = "https://oidc.circleci.com/org/o";
      bad.provider = "circleci";
      says = "set url, or organization";
    };
    google = {
      good = {
        provider = "google";
        trust.owners = [ "example.org" ];
      };
      url = "https://accounts.google.com";
      bad.provider = "google";
      says = "trust.owners";
    };
    keycloak = {
      good = {
        provider = "keycloak";
        host = "h.example.org";
        realm = "main";
      };
      url = "https://h.example.org/realms/main";
      bad = {
        provider = "keycloak";
        host = "h.example.org";
      };
      says = "set url, or host and realm";
    };
    authentik = {
      good = {
        provider = "authentik";
        host = "h.example.org";
        application = "kubernetes";
      };
      url = "https://h.example.org/application/o/kubernetes/";
      bad = {
        provider = "authentik";
        host = "h.example.org";
      };
      says = "set url, or host and application";
    };
    kanidm = {
      good = {
        provider = "kanidm";
        host = "h.example.org";
        client = "kubernetes";
      };
      url = "https://h.example.org/oauth2/openid/kubernetes";
      bad = {
        provider = "kanidm";
        client = "kubernetes";
      };
      says = "set url, or host and client";
    };
  }
  //
    lib.genAttrs
      [
        "authelia"
        "dex"
        "pocket-id"
        "zitadel"
      ]
      (provider: {
        good = {
          inherit provider;
          host = "h.example.org";
        };
        url = "https://h.example.org";
        bad = { inherit provider; };
        says = "set url, or host";
      });

  refusalsOf =
    settings:
    refusals [
      master
      (oidc {
        issuers.x = {
          audiences = [ "k" ];
        }
        // settings;
      })
    ];

  cases =
    provider:
    {
      good,
      url,
      bad,
      says,
    }:
    {
      "testUrlOf_${provider}" = {
        expr = (issuer good).url;
        expected = url;
      };
      "testGood_${provider}_isAllowed" = {
        expr = refusalsOf good;
        expected = [ ];
      };
      "testBad_${provider}_isRefused" = {
        expr = map (lib.hasInfix says) (refusalsOf bad);
        expected = [ true ];
      };
      "testPrefixOf_${provider}" = {
        expr =
          let
            mapping = (issuer good).claimMappings.username;
          in
          if mapping.expression == null then mapping.prefix else lib.hasPrefix "\"x:\" + " mapping.expression;
        expected = if known.${provider}.username ? expression then true else "x:";
      };
      "testAudienceAdviceOf_${provider}" = {
        expr = lib.any (lib.hasInfix known.${provider}.audience) (
          refusalsOf (good // { audiences = [ ]; })
        );
        expected = true;
      };
    };
in
lib.concatMapAttrs cases each
// {
  testEveryProviderHasACase = {
    expr = builtins.attrNames each ++ [ "generic" ];
    expected = lib.filter (name: name != "generic") (builtins.attrNames known) ++ [ "generic" ];
  };

  testGitHubEnterprise = {
    expr = map (settings: (issuer (github // settings)).url) [
      { organization = "acme"; }
      { host = "acme.ghe.com"; }
      { host = "github.acme.example.org"; }
    ];
    expected = [
      "https://token.actions.githubusercontent.com/acme"
      "https://token.actions.acme.ghe.com"
      "https://github.acme.example.org/_services/token"
    ];
  };

  testGitHubEnterpriseIsNotShared = {
    expr = lib.concatMap (settings: refusalsOf (github // settings)) [
      { organization = "acme"; }
      { host = "acme.ghe.com"; }
      { host = "github.acme.example.org"; }
    ];
    expected = [ ];
  };

  testUrlIsTheUsers = {
    expr =
      (issuer {
        provider = "dex";
        host = "h.example.org";
        url = "https://h.example.org/dex";
      }).url;
    expected = "https://h.example.org/dex";
  };

  testMappingIsTheUsers = {
    expr =
      (entry (
        forgejo
        // {
          claimMappings.username = {
            claim = "repository";
            prefix = "repo:";
          };
        }
      )).claimMappings.username;
    expected = {
      claim = "repository";
      prefix = "repo:";
    };
  };

  testExpressionTakesThePlaceOfTheClaim = {
    expr =
      (entry (forgejo // { claimMappings.username.expression = "claims.repository"; }))
      .claimMappings.username;
    expected.expression = "claims.repository";
  };

  testClaimTakesThePlaceOfTheExpression = {
    expr =
      (entry (
        circleci
        // {
          claimMappings.username.claim = "sub";
        }
      )).claimMappings.username;
    expected = {
      claim = "sub";
      prefix = "x:";
    };
  };

  testGroupsOfPeople = {
    expr = map (provider: (entry each.${provider}.good).claimMappings.groups) [
      "keycloak"
      "zitadel"
    ];
    expected = [
      {
        claim = "groups";
        prefix = "x:";
      }
      {
        expression = ''dyn(claims[?"urn:zitadel:iam:org:project:roles"].orValue({})).map(role, "x:" + role)'';
      }
    ];
  };

  testEventsAreTrustedByDefault = {
    expr = map (settings: (lib.head (entry settings).claimValidationRules).expression) [
      forgejo
      (gitlab // { host = "h.example.org"; })
    ];
    expected = [
      "claims.?event_name.orValue('') in ['push', 'workflow_dispatch', 'schedule', 'release']"
      "claims.?pipeline_source.orValue('') in ['push', 'web', 'schedule']"
    ];
  };

  # A stranger's pull request carries the main branch's own subject there.
  testPullRequestTargetIsOutByDefault = {
    expr = lib.filter (
      name: lib.elem "pull_request_target" ((known.${name}.events or { }).default or [ ])
    ) (builtins.attrNames known);
    expected = [ ];
  };

  testGenericTrustsWhatItIsTold = {
    expr =
      (entry {
        url = "https://h.example.org";
        claimMappings.username.expression = "claims.sub";
      })
        ? claimValidationRules;
    expected = false;
  };

  testSshRerunsOfCircleciAreRefused = {
    expr = (lib.last (entry circleci).claimValidationRules).expression;
    expected = ''claims[?"oidc.circleci.com/ssh-rerun"].orValue(true) == false'';
  };

  testTrustOfEveryKind = {
    expr = expressions "github" {
      owners = [ "a" ];
      ownerIds = [ "65" ];
      repositories = [
        "a/b"
        "a/c-*"
      ];
      repositoryIds = [ "74" ];
      refs = [
        "refs/heads/main"
        "refs/tags/v*.*"
      ];
      environments = [ "production" ];
      workflows = [ "a/b/.github/workflows/x.yaml@*" ];
      events = [ "push" ];
      protectedRefsOnly = true;
    };
    expected = [
      "claims.?repository_owner.orValue('') in ['a']"
      "claims.?repository_owner_id.orValue('') in ['65']"
      "claims.?repository.orValue('') in ['a/b'] || claims.?repository.orValue('').matches('^(a/c-.*)$')"
      "claims.?repository_id.orValue('') in ['74']"
      "claims.?ref.orValue('') in ['refs/heads/main'] || claims.?ref.orValue('').matches(\"^(refs/tags/v.*\\\\..*)$\")"
      "claims.?event_name.orValue('') in ['push']"
      "claims.?environment.orValue('') in ['production']"
      "claims.?job_workflow_ref.orValue('').matches(\"^(a/b/\\\\.github/workflows/x\\\\.yaml@.*)$\")"
      "string(claims.?ref_protected.orValue('')) == 'true'"
    ];
  };

  testTrustOfClaimsWithASlash = {
    expr =
      (lib.head
        (entry (
          circleci
          // {
            trust.repositoryIds = [ "p" ];
          }
        )).claimValidationRules
      ).expression;
    expected = "claims[?'oidc.circleci.com/project-id'].orValue('') in ['p']";
  };

  testTrustQuotes = {
    expr = expressions "forgejo" { owners = [ "o'brien" ]; };
    expected = [ "claims.?repository_owner.orValue('') in [\"o'brien\"]" ];
  };

  testMessageNamesTheOption = {
    expr =
      (lib.head
        (entry (
          forgejo
          // {
            trust.owners = [
              "a"
              "b"
            ];
          }
        )).claimValidationRules
      ).message;
    expected = "repository_owner must be one of a, b (services.kube-oidc.issuers.x.trust.owners)";
  };

  testForgejoWorkloads = {
    expr = map (usersOf (forgejo // { trust.events = null; })) [
      {
        repository = "adam/site";
        ref = "refs/heads/main";
      }
      {
        repository = "adam/site";
        tag = "v1";
      }
      {
        repository = "adam/site";
        event = "pull_request";
      }
      {
        repository = "adam/site";
        ref = "refs/heads/main";
        event = "push";
      }
      {
        repository = "adam/site";
        ownerId = "7";
        repositoryId = "9";
        ref = "refs/heads/main";
      }
    ];
    expected = [
      [ "x:repo:adam/site:ref:refs/heads/main" ]
      [ "x:repo:adam/site:ref:refs/tags/v1" ]
      [ "x:repo:adam/site:pull_request" ]
      [ "x:repo:adam/site:ref:refs/heads/main" ]
      [
        "x:repo:adam/site:ref:refs/heads/main"
        "x:repo:adam-7/site-9:ref:refs/heads/main"
      ]
    ];
  };

  # "adam-7/site-9" may be a repository's own name.
  testForgejoNumbersWantAPin = {
    expr =
      map
        (
          repositoryIds:
          map (lib.hasInfix "services.kube-oidc.issuers.x.trust.repositoryIds")
            (machine [
              master
              (oidc {
                issuers.x = forgejo // {
                  audiences = [ "k" ];
                  trust = { inherit repositoryIds; };
                };
                grants.g = {
                  issuer = "x";
                  workload = {
                    repository = "adam/site";
                    ownerId = "7";
                    repositoryId = "9";
                    ref = "refs/heads/main";
                  };
                  namespace = "n";
                  preset = "deploy";
                };
              })
            ]).warnings
        )
        [
          null
          [ "9" ]
        ];
    expected = [
      [ true ]
      [ ]
    ];
  };

  testGitHubWorkloads = {
    expr =
      map
        (usersOf (
          github
          // {
            trust.anyOwner = true;
            trust.events = null;
          }
        ))
        [
          {
            repository = "o/r";
            ref = "refs/heads/main";
          }
          {
            repository = "o/r";
            environment = "production";
            ref = "refs/heads/main";
          }
          {
            repository = "o/r";
            ownerId = "7";
            repositoryId = "9";
            environment = "production";
          }
          {
            repository = "o/r";
            ownerId = "7";
            repositoryId = "9";
            event = "pull_request";
          }
        ];
    expected = [
      [ "x:repo:o/r:ref:refs/heads/main" ]
      [ "x:repo:o/r:environment:production" ]
      [
        "x:repo:o/r:environment:production"
        "x:repo:o@7/r@9:environment:production"
      ]
      [
        "x:repo:o/r:pull_request"
        "x:repo:o@7/r@9:pull_request"
      ]
    ];
  };

  testGitLabWorkloads = {
    expr = map (usersOf (gitlab // { host = "h.example.org"; })) [
      {
        repository = "group/sub/site";
        ref = "refs/heads/main";
      }
      {
        repository = "group/sub/site";
        tag = "v1";
      }
    ];
    expected = [
      [ "x:project_path:group/sub/site:ref_type:branch:ref:main" ]
      [ "x:project_path:group/sub/site:ref_type:tag:ref:v1" ]
    ];
  };

  testWorkloadThroughAnotherClaim = {
    expr =
      usersOf
        (
          forgejo
          // {
            claimMappings.username = {
              claim = "repository";
              prefix = "r:";
            };
          }
        )
        {
          repository = "adam/site";
          ref = "refs/heads/main";
        };
    expected = [ "r:adam/site" ];
  };

  testWorkloadOfAnExampleIsItsSubject = {
    expr = lib.mapAttrs (name: provider: usersOf each.${name}.good provider.exampleWorkload) (
      lib.filterAttrs (
        _: provider: provider ? exampleWorkload && (provider.username.claim or null) == "sub"
      ) known
    );
    expected = lib.mapAttrs (_: provider: [ "x:${provider.example.sub}" ]) (
      lib.filterAttrs (
        _: provider: provider ? exampleWorkload && (provider.username.claim or null) == "sub"
      ) known
    );
  };
}
