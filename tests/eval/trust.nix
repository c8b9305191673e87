# The rules generated from trust, by provider and by default.
{ evaluate }:
let
  inherit (evaluate) lib oidc;
  providing = import ./providing.nix { inherit evaluate; };
  inherit (providing)
    known
    entry
    expressions
    forgejo
    github
    gitlab
    circleci
    ;
in
{

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

  # A stranger's pull request has the subject of the main branch there.
  testPullRequestTargetIsNotTrustedByDefault = {
    expr = lib.filter (
      name: lib.elem "pull_request_target" ((known.${name}.events or { }).default or [ ])
    ) (builtins.attrNames known);
    expected = [ ];
  };

  testGenericHasNoRules = {
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
      "claims.?job_workflow_ref.orValue('').matches(\"^(a/b/\\\\.github/workflows/x\\\\.yaml@[^@]*)$\")"
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
}
