# Each distribution: its flag, its manifests, what restarts it, and what the module found out by itself.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    k3s
    machine
    master
    oidc
    refusals
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

  flag = "--kube-apiserver-arg=authentication-config=/etc/kube-oidc/auth.yaml";

  onK3s =
    settings:
    machine [
      k3s
      forgejo
      { services.k3s = settings; }
    ];

  onRke2 =
    settings:
    machine [
      rke2
      forgejo
      { services.rke2 = settings; }
    ];
in
{
  testKubernetesIsFound = {
    expr = (machine [ master ]).services.kube-oidc.distribution;
    expected = "kubernetes";
  };

  testK3sIsFound = {
    expr = (machine [ k3s ]).services.kube-oidc.distribution;
    expected = "k3s";
  };

  testRke2IsFound = {
    expr = (machine [ rke2 ]).services.kube-oidc.distribution;
    expected = "rke2";
  };

  testElseItIsAFile = {
    expr =
      (machine [
        (oidc { enable = true; })
        { services.k3s.role = "agent"; }
      ]).services.kube-oidc.distribution;
    expected = "file";
  };

  testFileIsWrittenAndNothingElse = {
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

  testNothingHappensWhenOff = {
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
        inherit (system.services.kubernetes.addonManager) bootstrapAddons;
        inherit (system.systemd) services;
      };
    expected = {
      assertions = [ ];
      warnings = [ ];
      etc = { };
      systemPackages = [ ];
      extraOpts = "";
      bootstrapAddons = { };
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

  testK3sFlagsAsAList = {
    expr = (onK3s { extraFlags = [ "--disable traefik" ]; }).services.k3s.extraFlags;
    expected = [
      "--disable traefik"
      flag
    ];
  };

  testK3sFlagsAsAString = {
    expr = (onK3s { extraFlags = "--disable traefik"; }).services.k3s.extraFlags;
    expected = "--disable traefik ${flag}";
  };

  testK3sFlagsByDefault = {
    expr = (onK3s { }).services.k3s.extraFlags;
    expected = [ flag ];
  };

  testK3sPassesWithEitherForm = {
    expr =
      lib.concatMap
        (
          extraFlags:
          refusals [
            k3s
            forgejo
            grant
            { services.k3s = { inherit extraFlags; }; }
          ]
        )
        [
          "--disable traefik"
          [ "--disable traefik" ]
        ];
    expected = [ ];
  };

  testK3sManifests = {
    expr =
      map (object: object.kind)
        (machine [
          k3s
          forgejo
          grant
        ]).services.k3s.manifests.kube-oidc.content;
    expected = [
      "Role"
      "RoleBinding"
    ];
  };

  testK3sWithoutGrantsHasNoManifest = {
    expr = (onK3s { }).services.k3s.manifests;
    expected = { };
  };

  # k3s closes anonymous access by a flag until it is given a file, and then the file has to.
  testK3sStaysClosedToAnonymous = {
    expr = (onK3s { }).services.kube-oidc.authenticationConfiguration.anonymous;
    expected.enabled = false;
  };

  testOldK3sClosesAnonymousItself = {
    expr =
      (onK3s { package = evaluate.package "1.32.4+k3s1"; }).services.kube-oidc.authenticationConfiguration
        ? anonymous;
    expected = false;
  };

  testK3sKeepsTheUsersAnonymousFlag = {
    expr =
      (onK3s { extraFlags = "--kube-apiserver-arg=anonymous-auth=true"; })
      .services.kube-oidc.authenticationConfiguration
        ? anonymous;
    expected = false;
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

  testK3sVersion = {
    expr = (onK3s { package = evaluate.package "1.34.7+k3s2"; }).services.kube-oidc.kubernetesVersion;
    expected = "1.34";
  };

  testK3sConfigFileIsWarnedOf = {
    expr = lib.length (onK3s { configPath = "/etc/rancher/k3s/config.yaml"; }).warnings;
    expected = 1;
  };

  testRke2Flags = {
    expr = (onRke2 { extraFlags = [ "--cni=none" ]; }).services.rke2.extraFlags;
    expected = [
      "--cni=none"
      "--kube-apiserver-arg=authentication-config=/kube-oidc/auth.yaml"
      "--kube-apiserver-extra-mount=/etc/kube-oidc:/kube-oidc:ro"
    ];
  };

  testRke2GetsARealFile = {
    expr = (onRke2 { }).environment.etc."kube-oidc/auth.yaml".mode;
    expected = "0444";
  };

  testOthersGetALink = {
    expr = (onK3s { }).environment.etc."kube-oidc/auth.yaml".mode;
    expected = "symlink";
  };

  testRke2Manifests = {
    expr =
      map (object: object.kind)
        (machine [
          rke2
          forgejo
          grant
        ]).services.rke2.manifests.kube-oidc.content;
    expected = [
      "Role"
      "RoleBinding"
    ];
  };

  testRke2Passes = {
    expr = refusals [
      rke2
      forgejo
      grant
    ];
    expected = [ ];
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
      [ ''{"conditions":[],"enabled":false}'' ]
      [ ''{"conditions":[{"path":"/livez"}],"enabled":true}'' ]
    ];
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
