# From options to the file: every field, their order, what is left out, and free-form settings.
{ evaluate }:
let
  inherit (evaluate)
    lib
    file
    machine
    master
    oidc
    ;

  toYAML = import ../../modules/yaml.nix { inherit lib; };
  flags = import ../../modules/flags.nix { inherit lib; };

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

  optionsOf =
    modules:
    builtins.fromJSON
      (machine [
        master
        modules
      ]).services.kube-oidc.configFile.optionMap;

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

  testNothingConfiguredIsAnEmptyConfiguration = {
    expr = at "1.36" { };
    expected = ''
      apiVersion: apiserver.config.k8s.io/v1
      kind: AuthenticationConfiguration
    '';
  };

  testApiVersions = {
    expr = map (version: lib.head (lib.splitString "\n" (at version { }))) [
      "1.29"
      "1.30"
      "1.33"
      "1.34"
      "1.37"
    ];
    expected = map (version: "apiVersion: apiserver.config.k8s.io/${version}") [
      "v1alpha1"
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

  testAnonymousClosedIsWritten = {
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

  testSettingsOfAnIssuerAreMergedDeeply = {
    expr = (lib.head (configurationOf two).jwt).issuer.later;
    expected = true;
  };

  testSettingsWinAndReplaceLists = {
    expr =
      let
        entry =
          lib.head
            (configurationOf {
              imports = [
                two
                (oidc {
                  issuers.a.settings.issuer = {
                    audiences = [ "other" ];
                    url = "https://c.example.org";
                  };
                })
              ];
            }).jwt;
      in
      {
        inherit (entry.issuer) audiences url;
      };
    expected = {
      audiences = [ "other" ];
      url = "https://c.example.org";
    };
  };

  testSettingsAboveReplaceTheWholeListOfIssuers = {
    expr =
      (configurationOf {
        imports = [
          two
          (oidc { settings.jwt = [ { } ]; })
        ];
      }).jwt;
    expected = [ { } ];
  };

  testSettingsAbove = {
    expr = (configurationOf two).later;
    expected.deep = 1;
  };

  testOptionMap = {
    expr = optionsOf two;
    expected = {
      anonymous = "services.kube-oidc.anonymous";
      apiVersion = "services.kube-oidc.kubernetesVersion";
      jwt = "services.kube-oidc.issuers";
      "jwt[0]" = "services.kube-oidc.issuers.a";
      "jwt[0].issuer" = "services.kube-oidc.issuers.a";
      "jwt[0].issuer.certificateAuthority" = "services.kube-oidc.issuers.a.certificateAuthorityFile";
      "jwt[0].issuer.later" = "services.kube-oidc.issuers.a.settings.issuer.later";
      "jwt[0].claimValidationRules[0]" = "services.kube-oidc.issuers.a.trust.owners";
      "jwt[0].claimValidationRules[1]" = "services.kube-oidc.issuers.a.trust.events";
      "jwt[0].claimValidationRules[2]" = "services.kube-oidc.issuers.a.claimValidationRules[0]";
      "jwt[1]" = "services.kube-oidc.issuers.b";
      "jwt[1].issuer" = "services.kube-oidc.issuers.b";
      "jwt[1].claimValidationRules[0]" = "services.kube-oidc.issuers.b.claimValidationRules[0]";
      "later.deep" = "services.kube-oidc.settings.later.deep";
    };
  };

  testOptionMapQuotesNames = {
    expr =
      (optionsOf (oidc {
        issuers."git.example.org" = {
          provider = "forgejo";
          host = "git.example.org";
          audiences = [ "k" ];
        };
      }))."jwt[0]";
    expected = ''services.kube-oidc.issuers."git.example.org"'';
  };

  testYamlQuotesWhatAParserCouldTakeForSomethingElse = {
    expr = toYAML { } [
      "true"
      "No"
      "null"
      "~"
      "1.0"
      "0x1f"
      "12:30"
      ""
      " a"
      "a: b"
      "a #b"
      "- a"
      "*a"
      "&a"
      "!a"
      "a:"
      "a\tb"
      "é"
      "a\\b"
      ''a"b''
      "https://a.example.org:8443/x"
      "forgejo:repo:a/b:ref:refs/heads/main"
    ];
    expected = ''
      - "true"
      - "No"
      - "null"
      - "~"
      - "1.0"
      - "0x1f"
      - "12:30"
      - ""
      - " a"
      - "a: b"
      - "a #b"
      - "- a"
      - "*a"
      - "&a"
      - "!a"
      - "a:"
      - "a\tb"
      - "é"
      - "a\\b"
      - "a\"b"
      - https://a.example.org:8443/x
      - forgejo:repo:a/b:ref:refs/heads/main
    '';
  };

  testYamlBlocks = {
    expr = toYAML { } {
      a = "x\n\ny\n";
      b = "x\ny";
      c = " x\ny\n";
      d = "x\n\n";
    };
    expected = "a: |\n  x\n\n  y\nb: |-\n  x\n  y\nc: \" x\\ny\\n\"\nd: \"x\\n\\n\"\n";
  };

  testYamlOfNestedLists = {
    expr = toYAML { } {
      a = [
        [
          1
          null
        ]
        { b = { }; }
        [ ]
      ];
    };
    expected = "a:\n  - - 1\n    - null\n  - b: {}\n  - []\n";
  };

  testFlagsAreReadAsTheServerReadsThem = {
    expr = flags.parse (flags.words ''--a=1 --b_c "two words" --d 'x'\ y --e --f=g=h -v 2 plain'');
    expected = [
      {
        name = "a";
        value = "1";
      }
      {
        name = "b-c";
        value = "two words";
      }
      {
        name = "d";
        value = "x y";
      }
      {
        name = "e";
        value = null;
      }
      {
        name = "f";
        value = "g=h";
      }
    ];
  };

  testFlagsOfK3s = {
    expr = flags.ofApiServer (
      flags.words "--disable traefik --kube-apiserver-arg=a=1 --kube-apiserver-arg b=2 --kube-apiserver-arg --c=3 --kubelet-arg=d=4"
    );
    expected = [
      {
        name = "a";
        value = "1";
      }
      {
        name = "b";
        value = "2";
      }
      {
        name = "c";
        value = "3";
      }
    ];
  };
}
