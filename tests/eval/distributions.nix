# Which distribution is found, what it gets, and what restarts it.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    k3s
    machine
    master
    oidc
    rke2
    ;

  grant = oidc {
    grants.site = {
      issuer = "forgejo";
      workload = {
        repository = "adam/site";
        ref = "refs/heads/main";
      };
      namespace = "site";
      preset = "deploy";
    };
  };
in
{
  testKubernetesIsDetected = {
    expr = (machine [ master ]).services.kube-oidc.distribution;
    expected = "kubernetes";
  };

  testK3sIsDetected = {
    expr = (machine [ k3s ]).services.kube-oidc.distribution;
    expected = "k3s";
  };

  testRke2IsDetected = {
    expr = (machine [ rke2 ]).services.kube-oidc.distribution;
    expected = "rke2";
  };

  testFileIsTheFallback = {
    expr =
      (machine [
        (oidc { enable = true; })
        { services.k3s.role = "agent"; }
      ]).services.kube-oidc.distribution;
    expected = "file";
  };

  # A machine where nothing reads the file says so, unless it was asked for no more.
  testUnusedFileIsWarnedOf = {
    expr =
      map
        (
          modules:
          map (lib.hasInfix "not used here")
            (machine (
              [
                (oidc { enable = true; })
                forgejo
              ]
              ++ modules
            )).warnings
        )
        [
          [ ]
          [
            {
              services.k3s = {
                enable = true;
                role = "agent";
              };
            }
          ]
          [
            {
              services.kubernetes = {
                roles = [ "node" ];
                masterAddress = "kubernetes.example.org";
              };
            }
          ]
          [ (oidc { distribution = "file"; }) ]
          [ k3s ]
          [ master ]
        ];
    expected = [
      [ true ]
      [ true ]
      [ true ]
      [ ]
      [ ]
      [ ]
    ];
  };

  # An API server that only opens its health paths has a file without issuers.
  testWithoutIssuersIsWarnedOf = {
    expr =
      map
        (
          settings:
          map (lib.hasInfix "services.kube-oidc is enabled without issuers")
            (machine [
              master
              (oidc settings)
            ]).warnings
        )
        [
          { }
          { settings.jwt = [ ]; }
          { anonymous.enabled = false; }
          { enable = lib.mkForce false; }
        ];
    expected = [
      [ true ]
      [ ]
      [ ]
      [ ]
    ];
  };

  testAVersionNewerThanKnownIsWarnedOf = {
    expr =
      map
        (
          kubernetesVersion:
          map (lib.hasInfix "the rules of Kubernetes")
            (machine [
              master
              forgejo
              (oidc { inherit kubernetesVersion; })
            ]).warnings
        )
        [
          "1.36"
          "1.99"
        ];
    expected = [
      [ ]
      [ true ]
    ];
  };

  testOnlyTheFileIsWritten = {
    expr =
      let
        system = machine [
          (oidc { enable = true; })
          forgejo
        ];
      in
      {
        etc = builtins.attrNames system.environment.etc;
        extraOpts = system.services.kubernetes.apiserver.extraOpts;
        k3s = system.services.k3s.extraFlags;
        rke2 = system.services.rke2.extraFlags;
        units = system.systemd.services;
        version = system.services.kube-oidc.kubernetesVersion;
      };
    expected = {
      etc = [ "kube-oidc/auth.yaml" ];
      extraOpts = "";
      k3s = [ ];
      rke2 = [ ];
      units = { };
      version = "1.36";
    };
  };

  testDisabledChangesNothing = {
    expr =
      let
        system = machine [
          master
          forgejo
          grant
          (oidc { enable = lib.mkForce false; })
        ];
      in
      {
        inherit (system) assertions warnings;
        inherit (system.environment) etc systemPackages;
        inherit (system.services.kubernetes.apiserver) extraOpts;
        inherit (system.systemd) services;
      };
    expected = {
      assertions = [ ];
      warnings = [ ];
      etc = { };
      systemPackages = [ ];
      extraOpts = "";
      services = { };
    };
  };

  testTwoModulesWriteExtraOpts = {
    expr =
      (machine [
        master
        forgejo
        { services.kubernetes.apiserver.extraOpts = "--v=2"; }
        { services.kubernetes.apiserver.extraOpts = "--audit-log-path=-"; }
      ]).services.kubernetes.apiserver.extraOpts;
    expected = "--audit-log-path=- --v=2 --authentication-config=/etc/kube-oidc/auth.yaml";
  };

  testOnlyOurFlag = {
    expr = (machine [ master ]).services.kubernetes.apiserver.extraOpts;
    expected = "--authentication-config=/etc/kube-oidc/auth.yaml";
  };

  testKubernetesLeavesAnonymousToItsFlag = {
    expr =
      (machine [
        master
        forgejo
      ]).services.kube-oidc.authenticationConfiguration
        ? anonymous;
    expected = false;
  };

  # A restart for `anonymous`, and for nothing else.
  testAnonymousRestarts = {
    expr =
      map
        (
          anonymous:
          (machine [
            master
            (oidc { inherit anonymous; })
          ]).systemd.services.kube-apiserver.restartTriggers
        )
        [
          null
          { enabled = false; }
          {
            enabled = true;
            conditions = [ { path = "/livez"; } ];
          }
        ];
    expected = [
      [ ]
      [ ''{"enabled":false}'' ]
      [ ''{"conditions":[{"path":"/livez"}],"enabled":true}'' ]
    ];
  };

  # By whichever option it comes into the file.
  testAnonymousInSettingsRestartsToo = {
    expr =
      (machine [
        master
        (oidc { settings.anonymous.enabled = false; })
      ]).systemd.services.kube-apiserver.restartTriggers;
    expected = [ ''{"enabled":false}'' ];
  };

  testNothingElseTouchesTheUnit = {
    expr =
      let
        unit =
          modules:
          let
            system = machine ([ master ] ++ modules);
          in
          {
            inherit (system.services.kubernetes.apiserver) extraOpts;
            inherit (system.systemd.services) kube-apiserver;
          };
      in
      unit [
        forgejo
        grant
      ] == unit [
        forgejo
        (oidc {
          issuers.forgejo.trust.owners = [ "adam" ];
          issuers.sso = {
            url = "https://sso.example.org";
            audiences = [ "k" ];
            claimMappings.username.expression = "claims.sub";
          };
        })
      ];
    expected = true;
  };
}
