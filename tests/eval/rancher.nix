# k3s and rke2: their flags in both forms, the manifests of earlier versions, and anonymous requests.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    k3s
    machine
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

  # Earlier versions made one, whose link NixOS leaves behind.
  testTheManifestOfEarlierVersionsIsRemoved = {
    expr =
      map
        (system: {
          inherit (system.systemd.tmpfiles) rules;
          manifests = builtins.attrNames (system.services.k3s.manifests // system.services.rke2.manifests);
        })
        [
          (onK3s { })
          (onRke2 { })
        ];
    expected =
      map
        (name: {
          manifests = [ ];
          rules = [
            "r /var/lib/rancher/${name}/server/manifests/kube-oidc.yaml"
            "r /var/lib/rancher/${name}/server/manifests/kube-oidc.json"
          ];
        })
        [
          "k3s"
          "rke2"
        ];
  };

  testTheUsersManifestIsKept = {
    expr =
      (machine [
        k3s
        { services.k3s.manifests.kube-oidc.content = [ ]; }
      ]).systemd.tmpfiles.rules;
    expected = [ ];
  };

  # k3s closes anonymous access by a flag until it is given a file, and then the file has to.
  testK3sDeniesAnonymousRequests = {
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

  testK3sVersion = {
    expr = (onK3s { package = evaluate.package "1.34.7+k3s2"; }).services.kube-oidc.kubernetesVersion;
    expected = "1.34";
  };

  # By the option, by its default place, and by both at once.
  testK3sConfigFileIsWarnedOf = {
    expr =
      map
        (
          modules:
          map (lib.hasInfix "kube-apiserver-arg in /etc/rancher/k3s/config.yaml have no effect")
            (machine (
              [
                k3s
                forgejo
              ]
              ++ modules
            )).warnings
        )
        [
          [ ]
          [ { services.k3s.configPath = "/etc/rancher/k3s/config.yaml"; } ]
          [ { environment.etc."rancher/k3s/config.yaml".source = "/x"; } ]
          [
            { services.k3s.configPath = "/etc/rancher/k3s/config.yaml"; }
            { environment.etc."rancher/k3s/config.yaml".source = "/x"; }
          ]
        ];
    expected = [
      [ ]
      [ true ]
      [ true ]
      [ true ]
    ];
  };

  testRke2Flags = {
    expr = (onRke2 { extraFlags = [ "--cni=none" ]; }).services.rke2.extraFlags;
    expected = [
      "--cni=none"
      "--kube-apiserver-arg=authentication-config=/kube-oidc/auth.yaml"
      "--kube-apiserver-extra-mount=/etc/kube-oidc:/kube-oidc:ro"
      "--kube-apiserver-extra-env=KUBE_OIDC_ANONYMOUS=5acf3ff77b44"
    ];
  };

  # The pod stays when rke2 restarts with the same manifest: another `anonymous` is another manifest, other trust is not.
  testRke2RestartsThePodOnlyForAnonymous = {
    expr =
      let
        flagsWith =
          settings:
          (machine [
            rke2
            forgejo
            (oidc settings)
          ]).services.rke2.extraFlags;
        closed = flagsWith { };
      in
      {
        trust = flagsWith { issuers.forgejo.trust.owners = [ "adam" ]; } == closed;
        health =
          flagsWith {
            anonymous = {
              enabled = true;
              conditions = [ { path = "/livez"; } ];
            };
          } == closed;
        none = lib.filter (lib.hasInfix "extra-env") (flagsWith {
          anonymous = null;
        });
      };
    expected = {
      trust = true;
      health = false;
      none = [ ];
    };
  };

  # Both are definitions of one option, in the form of each.
  testRke2KeepsTheUsersAnonymousFlag = {
    expr =
      map
        (
          extraFlags:
          (onRke2 { inherit extraFlags; }).services.kube-oidc.authenticationConfiguration ? anonymous
        )
        [
          "--kube-apiserver-arg=anonymous-auth=true"
          [ "--kube-apiserver-arg=anonymous-auth=true" ]
          [ "--kube-apiserver-arg" "anonymous-auth=true" ]
          [ ]
        ];
    expected = [
      false
      false
      false
      true
    ];
  };

  # A link into the store would lead nowhere inside rke2's pod, and is not watched anywhere.
  testTheFileIsACopy = {
    expr = map (machine: machine.environment.etc."kube-oidc/auth.yaml".mode) [
      (onRke2 { })
      (onK3s { })
    ];
    expected = [
      "0444"
      "0444"
    ];
  };

  # k3s runs the API server as root.
  testAFileForRootPasses = {
    expr = refusals [
      k3s
      forgejo
      { environment.etc."kube-oidc/auth.yaml".mode = lib.mkForce "0600"; }
    ];
    expected = [ ];
  };

  testRke2DefaultConfigPathIsNotWarnedOf = {
    expr = (onRke2 { }).warnings;
    expected = [ ];
  };

  testRke2Passes = {
    expr = refusals [
      rke2
      forgejo
      grant
    ];
    expected = [ ];
  };
}
