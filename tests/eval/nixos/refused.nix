# One machine with many mistakes: each is reported, with its option and a remedy.
{ evaluate }:
let
  inherit (evaluate)
    forgejo
    lib
    machine
    master
    oidc
    refusalsOf
    ;
  refusing = import ../refusing.nix { inherit evaluate; };

  system = machine [
    master
    forgejo
    (refusing.extraOpts "--v=2 --oidc-issuer-url=https://x.example.org --anonymous-auth=false --authentication-config=/root/auth.yaml")
    (oidc {
      anonymous.enabled = false;
      issuers = {
        github = {
          provider = "github";
          audiences = [ "k" ];
        };
        again = refusing.plain // {
          url = "https://git.technowizardry.net/api/actions";
        };
        own = refusing.plain // {
          url = "https://kubernetes.default.svc";
        };
        none = { };
      };
      grants = {
        typo = {
          issuer = "forgjo";
          user = "forgejo:x";
          namespace = "site";
          preset = "deploy";
        };
        empty.issuer = "forgejo";
        other = {
          issuer = "forgejo";
          user = "gitlab:x";
          namespace = "site";
          preset = "deploy";
        };
      };
    })
  ];
  messages = refusalsOf system;

  cases = {
    testOidcFlag = [
      "services.kubernetes.apiserver.extraOpts has --oidc-issuer-url"
      "kube-oidc migrate"
    ];
    testAnonymousFlag = [
      "services.kubernetes.apiserver.extraOpts has --anonymous-auth"
      "services.kube-oidc.anonymous = null"
    ];
    testOwnFile = [
      "services.kubernetes.apiserver.extraOpts has --authentication-config=/root/auth.yaml"
      "services.kube-oidc.issuers"
    ];
    testSharedIssuerWithoutAPin = [
      "services.kube-oidc.issuers.github"
      "anyOwner = true"
    ];
    testTwoIssuersOfOneUrl = [
      "services.kube-oidc.issuers.again.url and services.kube-oidc.issuers.forgejo.url"
    ];
    testServiceAccountIssuer = [
      "services.kube-oidc.issuers.own.url"
      "services.kubernetes.apiserver.serviceAccountIssuer"
    ];
    testNoUrl = [ "services.kube-oidc.issuers.none.url" ];
    testNoAudience = [ "services.kube-oidc.issuers.none.audiences" ];
    testNoUsername = [ "services.kube-oidc.issuers.none.claimMappings.username" ];
    testUnknownIssuer = [
      "services.kube-oidc.grants.typo.issuer is \"forgjo\""
      "forgejo"
    ];
    testGrantWithoutRules = [ "services.kube-oidc.grants.empty needs exactly one of preset" ];
    testGrantWithoutSubjects = [
      "services.kube-oidc.grants.empty"
      "set workload, user or group"
    ];
    testUserOfAnotherIssuer = [ "services.kube-oidc.grants.other.user is \"gitlab:x\"" ];
  };

  has = words: message: lib.all (word: lib.hasInfix word message) words;
in
lib.mapAttrs (_: words: {
  expr = if lib.any (has words) messages then words else messages;
  expected = words;
}) cases
