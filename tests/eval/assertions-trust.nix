# Assertions about trust.
{ evaluate }:
let
  inherit (evaluate) oidc;
  refusing = import ./refusing.nix { inherit evaluate; };
  inherit (refusing) issuer main github;
in
refusing.onMaster {
  shortRef = {
    bad = oidc { issuers.forgejo.trust.refs = [ "main" ]; };
    good = oidc {
      issuers.forgejo.trust.refs = [
        "refs/heads/main"
        "refs*"
        "*/main"
      ];
    };
    says = [
      "services.kube-oidc.issuers.forgejo.trust.refs has \"main\""
      "\"refs/heads/main\""
    ];
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
  # Forgejo writes "false" into every token.
  protectedRefsAtForgejo = {
    bad = oidc { issuers.forgejo.trust.protectedRefsOnly = true; };
    good = oidc { issuers.forgejo.trust.refs = [ "refs/heads/main" ]; };
    says = [
      "services.kube-oidc.issuers.forgejo.trust.protectedRefsOnly would reject every token"
      "pin the branch with trust.refs"
    ];
  };
  trustOfAnEmptyList = {
    bad = oidc { issuers.forgejo.trust.owners = [ ]; };
    good = oidc { issuers.forgejo.trust.owners = [ "adam" ]; };
    says = [
      "services.kube-oidc.issuers.forgejo.trust.owners is an empty list"
      "null"
    ];
  };
  # An absent claim counts as "": both would match every token without the claim.
  trustOfTheEmptyString = {
    bad = oidc {
      issuers.forgejo.trust.owners = [
        "adam"
        ""
      ];
    };
    good = oidc { issuers.forgejo.trust.owners = [ "adam" ]; };
    says = [
      "services.kube-oidc.issuers.forgejo.trust.owners has \"\", which also matches a token without the claim"
    ];
  };
  trustOfAnything = {
    bad = oidc { issuers.forgejo.trust.refs = [ "**" ]; };
    good = oidc { issuers.forgejo.trust.refs = [ "refs/*" ]; };
    says = [ "services.kube-oidc.issuers.forgejo.trust.refs has \"**\"" ];
  };
  allOfGitHubWithAMatchingOwner = {
    bad = github { trust.owners = [ "adam*" ]; };
    good = github { trust.owners = [ "adam" ]; };
    says = [
      "issues tokens to everyone"
      "a pattern isn't enough"
    ];
  };
  allOfGitHubWithAMatchingRepository = {
    bad = github {
      trust.repositories = [
        "adam/site"
        "*/site"
      ];
    };
    good = github {
      trust.repositories = [
        "adam/site"
        "adam/blog-*"
      ];
    };
    says = [ "issues tokens to everyone" ];
  };
  allOfGitHubPinnedByAClaimWithASimilarName = {
    bad = github {
      claimValidationRules = [ { expression = "claims.repository_visibility == 'public'"; } ];
    };
    good = github {
      claimValidationRules = [ { expression = "claims['repository'] == 'adam/site'"; } ];
    };
    says = [ "issues tokens to everyone" ];
  };
  allOfGitHub = {
    bad = github { };
    good = github { trust.ownerIds = [ "65" ]; };
    says = [
      "services.kube-oidc.issuers.github: https://token.actions.githubusercontent.com issues tokens to everyone"
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
    says = [ "issues tokens to everyone" ];
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
}
