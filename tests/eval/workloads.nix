# The user names of a workload.
{ evaluate }:
let
  inherit (evaluate)
    lib
    machine
    master
    oidc
    ;
  providing = import ./providing.nix { inherit evaluate; };
  inherit (providing)
    known
    issuer
    usersOf
    forgejo
    github
    gitlab
    good
    ;

  numbered = {
    repository = "adam/site";
    ownerId = "7";
    repositoryId = "9";
    ref = "refs/heads/main";
  };

  # The warnings about a grant to this workload, with this trust in the issuer.
  warningsFor =
    trust: workload:
    (machine [
      master
      (oidc {
        issuers.x = forgejo // {
          audiences = [ "k" ];
          inherit trust;
        };
        grants.g = {
          issuer = "x";
          inherit workload;
          namespace = "n";
          preset = "deploy";
        };
      })
    ]).warnings;
in
{

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

  # "adam-7/site-9" can be the plain name of another repository, unless the trust rejects that one.
  testForgejoIdsNeedAPin = {
    expr =
      map
        (
          trust:
          map (lib.hasInfix "services.kube-oidc.issuers.x.trust.repositoryIds") (warningsFor trust numbered)
        )
        [
          { }
          { owners = [ "adam*" ]; }
          { repositories = [ "adam-7/*" ]; }
          { owners = [ "adam" ]; }
          { repositories = [ "adam/site" ]; }
          { repositoryIds = [ "9" ]; }
          { ownerIds = [ "7" ]; }
        ];
    expected = [
      [ true ]
      [ true ]
      [ true ]
      [ ]
      [ ]
      [ ]
      [ ]
    ];
  };

  # A repository created on Forgejo 16 has the format with numbers.
  testMissingNumbersAreReportedWithTheCommand = {
    expr =
      map (workload: warningsFor { owners = [ "adam" ]; } (removeAttrs numbered workload))
        [
          [
            "ownerId"
            "repositoryId"
          ]
          [ "repositoryId" ]
        ];
    expected =
      map
        (missing: [
          ''
            services.kube-oidc.grants.g.workload has no ${missing}: the jobs of a repository whose subject contains numbers get 403. This prints them:
              curl -s https://h.example.org/api/v1/repos/adam/site | jq .owner.id,.id
          ''
        ])
        [
          "ownerId and no repositoryId"
          "repositoryId"
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

  testExampleWorkloadsHaveTheExampleSubject = {
    expr = lib.mapAttrs (name: provider: usersOf good.${name} provider.exampleWorkload) (
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
