# From options to the file: every field, their order, omitted fields, and free-form settings.
{ evaluate }:
let
  inherit (evaluate)
    lib
    file
    machine
    master
    oidc
    ;

  at =
    version: modules:
    file [
      master
      (oidc { kubernetesVersion = version; })
      modules
    ];

  everything = oidc {
    anonymous = {
      enabled = true;
      conditions = [
        { path = "/livez"; }
        { path = "/readyz"; }
      ];
    };
    issuers.sso = {
      url = "https://sso.example.org";
      discoveryURL = "https://sso.internal/.well-known/openid-configuration";
      certificateAuthority = ''
        -----BEGIN CERTIFICATE-----
        MIIB
        -----END CERTIFICATE-----
      '';
      audiences = [
        "kubernetes"
        "1234"
      ];
      egressSelectorType = "cluster";
      claimMappings = {
        username.expression = "'sso:' + claims.sub";
        groups = {
          claim = "groups";
          prefix = "";
        };
        uid.claim = "sub";
        extra = [
          {
            key = "example.org/sha";
            valueExpression = "claims.sha";
          }
        ];
      };
      claimValidationRules = [
        {
          claim = "hd";
          requiredValue = "example.org";
        }
        {
          expression = "claims.exp - claims.iat <= 3600";
          message = "the token lives longer than an hour";
        }
      ];
      userValidationRules = [
        {
          expression = "!user.username.startsWith('system:')";
          message = "names that begin with system: belong to Kubernetes";
        }
      ];
    };
  };

  two = oidc {
    issuers = {
      b = {
        url = "https://b.example.org";
        audiences = [ "k" ];
        claimMappings.username.expression = "claims.sub";
        claimValidationRules = [ { expression = "claims.b"; } ];
      };
      a = {
        provider = "forgejo";
        host = "a.example.org";
        audiences = [ "k" ];
        trust.owners = [ "adam" ];
        certificateAuthorityFile = ./fixtures/ca.pem;
        settings.issuer.later = true;
        claimValidationRules = [ { expression = "claims.a"; } ];
      };
    };
    settings.later.deep = 1;
  };

  configurationOf =
    modules:
    (machine [
      master
      modules
    ]).services.kube-oidc.authenticationConfiguration;
in
{
  testEveryField = {
    expr = at "1.36" everything;
    expected = ''
      apiVersion: apiserver.config.k8s.io/v1
      kind: AuthenticationConfiguration
      anonymous:
        enabled: true
        conditions:
          - path: /livez
          - path: /readyz
      jwt:
        - issuer:
            url: https://sso.example.org
            discoveryURL: https://sso.internal/.well-known/openid-configuration
            certificateAuthority: |
              -----BEGIN CERTIFICATE-----
              MIIB
              -----END CERTIFICATE-----
            audiences:
              - kubernetes
              - "1234"
            audienceMatchPolicy: MatchAny
            egressSelectorType: cluster
          claimValidationRules:
            - claim: hd
              requiredValue: example.org
            - expression: "claims.exp - claims.iat <= 3600"
              message: "the token lives longer than an hour"
          claimMappings:
            username:
              expression: "'sso:' + claims.sub"
            groups:
              claim: groups
              prefix: ""
            uid:
              claim: sub
            extra:
              - key: example.org/sha
                valueExpression: claims.sha
          userValidationRules:
            - expression: "!user.username.startsWith('system:')"
              message: "names that begin with system: belong to Kubernetes"
    '';
  };

  testEmptyConfiguration = {
    expr = at "1.36" { };
    expected = ''
      apiVersion: apiserver.config.k8s.io/v1
      kind: AuthenticationConfiguration
    '';
  };

  testApiVersions = {
    expr = map (version: lib.head (lib.splitString "\n" (at version { }))) [
      "1.30"
      "1.33"
      "1.34"
      "1.99"
    ];
    expected = map (version: "apiVersion: apiserver.config.k8s.io/${version}") [
      "v1beta1"
      "v1beta1"
      "v1"
      "v1"
    ];
  };

  testVersionComesFromThePackage = {
    expr =
      map
        (
          version:
          (machine [
            master
            { services.kubernetes.package = evaluate.package version; }
          ]).services.kube-oidc.kubernetesVersion
        )
        [
          "1.36.3"
          "v1.30.14"
        ];
    expected = [
      "1.36"
      "1.30"
    ];
  };

  testIssuersAreSortedByName = {
    expr = map (entry: entry.issuer.url) (configurationOf two).jwt;
    expected = [
      "https://a.example.org/api/actions"
      "https://b.example.org"
    ];
  };

  testDisabledAnonymousIsWritten = {
    expr =
      (configurationOf (oidc {
        anonymous.enabled = false;
      })).anonymous;
    expected.enabled = false;
  };

  testAuthorityIsReadFromAFile = {
    expr = (lib.head (configurationOf two).jwt).issuer.certificateAuthority;
    expected = builtins.readFile ./fixtures/ca.pem;
  };
}
