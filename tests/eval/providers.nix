# What each provider sets: URL, mapping, prefix; a good and a refused configuration of each.
{ evaluate }:
let
  inherit (evaluate) lib;
  providing = import ./providing.nix { inherit evaluate; };
  inherit (providing)
    known
    issuer
    entry
    forgejo
    github
    circleci
    each
    refusalsOf
    ;

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

  testUsersUrlWins = {
    expr =
      (issuer {
        provider = "dex";
        host = "h.example.org";
        url = "https://h.example.org/dex";
      }).url;
    expected = "https://h.example.org/dex";
  };

  testUsersMappingWins = {
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

  testExpressionReplacesTheClaim = {
    expr =
      (entry (forgejo // { claimMappings.username.expression = "claims.repository"; }))
      .claimMappings.username;
    expected.expression = "claims.repository";
  };

  testClaimReplacesTheExpression = {
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
}
