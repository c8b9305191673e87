# Assertions about issuers: their URLs, audiences and certificates.
{ evaluate }:
let
  inherit (evaluate) lib oidc;
  refusing = import ./refusing.nix { inherit evaluate; };
  inherit (refusing)
    all
    extraOpts
    issuer
    many
    ;
in
refusing.onMaster {
  hostWithAScheme = {
    bad = oidc { issuers.forgejo.host = lib.mkForce "https://git.example.org/"; };
    good = oidc { issuers.forgejo.host = lib.mkForce "git.example.org:3000"; };
    says = [
      "services.kube-oidc.issuers.forgejo.host is \"https://git.example.org/\""
      "write host = \"git.example.org\""
    ];
  };
  # Seen on Forgejo 16: the token request URL of an instance below a path answers 404.
  hostWithAPath = {
    bad = oidc { issuers.forgejo.host = lib.mkForce "example.org/git"; };
    good = oidc { issuers.forgejo.host = lib.mkForce "git.example.org"; };
    says = [
      "services.kube-oidc.issuers.forgejo.host is \"example.org/git\""
      "give it a host name"
    ];
  };
  urlAndHost = {
    bad = oidc { issuers.forgejo.url = "https://git.example.org/api/actions"; };
    good = oidc { issuers.forgejo.url = "https://git.technowizardry.net/api/actions"; };
    says = [
      "services.kube-oidc.issuers.forgejo has both url and host"
      "(https://git.technowizardry.net/api/actions): keep one"
    ];
  };
  parameterWithoutEffect = {
    bad = issuer { realm = "main"; };
    good = issuer { };
    says = [ "services.kube-oidc.issuers.sso has both url and realm, which has no effect" ];
  };
  urlWithWhiteSpace = {
    bad = issuer { url = "https://sso.example.org/realms/my realm"; };
    good = issuer { url = "https://sso.example.org/realms/my%20realm"; };
    says = [
      "services.kube-oidc.issuers.sso.url is \"https://sso.example.org/realms/my realm\""
      "%20"
    ];
  };
  oneAudienceTwice = {
    bad = oidc { issuers.forgejo.audiences = [ "forgejo" ]; };
    good = oidc { issuers.forgejo.audiences = [ "other" ]; };
    says = [ "services.kube-oidc.issuers.forgejo.audiences has \"forgejo\" twice" ];
  };
  missingAuthorityFile = {
    bad = issuer { certificateAuthorityFile = "/run/secrets/ca.pem"; };
    good = issuer { certificateAuthorityFile = ./fixtures/ca.pem; };
    says = [
      "services.kube-oidc.issuers.sso.certificateAuthorityFile is /run/secrets/ca.pem"
      "./ca.pem"
    ];
  };
  authorityWithItsKey = {
    bad = issuer {
      certificateAuthority = "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n";
    };
    good = issuer { certificateAuthority = builtins.readFile ./fixtures/ca.pem; };
    says = [
      "services.kube-oidc.issuers.sso.certificateAuthority contains a private key"
      "keep only the certificates"
    ];
  };
  authorityFileWithItsKey = {
    bad = issuer { certificateAuthorityFile = ./fixtures/with-key.pem; };
    good = issuer { certificateAuthorityFile = ./fixtures/ca.pem; };
    says = [ "services.kube-oidc.issuers.sso.certificateAuthorityFile contains a private key" ];
  };
  serviceAccountIssuer = {
    bad = issuer { url = "https://kubernetes.default.svc"; };
    good = issuer { url = "https://kubernetes.default.svc.example.org"; };
    says = [
      "services.kube-oidc.issuers.sso.url"
      "service account issuer"
      "services.kubernetes.apiserver.serviceAccountIssuer"
    ];
  };
  serviceAccountIssuerOfAFlag = {
    bad = all [
      (extraOpts "--service-account-issuer=https://sso.example.org")
      (issuer { })
    ];
    good = all [
      (extraOpts "--service-account-issuer=https://other.example.org")
      (issuer { })
    ];
    says = [
      "services.kube-oidc.issuers.sso.url is https://sso.example.org"
      "service account issuer"
    ];
  };
  oneUrlTwice = {
    bad = issuer { url = "https://git.technowizardry.net/api/actions"; };
    good = issuer { url = "https://git.technowizardry.net/api/packages"; };
    says = [
      "services.kube-oidc.issuers.forgejo.url and services.kube-oidc.issuers.sso.url are the same"
      "merge them into one issuer"
    ];
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
      "services.kube-oidc.issuers.sso.discoveryURL equals url"
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
}
