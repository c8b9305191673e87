# The units that watch a change and that revoke old grants. test_units.py runs their scripts against real API servers.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    machine
    master
    oidc
    k3s
    rke2
    ;

  grants = oidc {
    grants.site = {
      issuer = "forgejo";
      user = "forgejo:repo:adam/site:ref:refs/heads/main";
      namespace = "site";
      createNamespace = true;
      preset = "deploy";
    };
    grants.all = {
      issuer = "forgejo";
      user = "forgejo:repo:adam/site:ref:refs/heads/main";
      clusterWide = true;
      clusterRole = "view";
    };
  };

  units =
    modules:
    (machine (
      [
        master
        forgejo
      ]
      ++ modules
    )).systemd.services;
in
{
  testBothAreThere = {
    expr = builtins.attrNames (units [ ]);
    expected = [
      "kube-apiserver"
      "kube-oidc-loaded"
      "kube-oidc-revoked"
    ];
  };

  testNeitherWithoutAKubeconfig = {
    expr = builtins.attrNames (units [
      { services.kubernetes.pki.etcClusterAdminKubeconfig = lib.mkForce null; }
    ]);
    expected = [ "kube-apiserver" ];
  };

  testKubeconfigOfEachDistribution = {
    expr = [
      (units [ ]).kube-oidc-loaded.environment.KUBECONFIG
      (machine [ k3s ]).systemd.services.kube-oidc-loaded.environment.KUBECONFIG
      (machine [ rke2 ]).systemd.services.kube-oidc-loaded.environment.KUBECONFIG
      (machine [
        k3s
        { services.k3s.extraFlags = "--write-kubeconfig /root/admin.yaml"; }
      ]).systemd.services.kube-oidc-loaded.environment.KUBECONFIG
    ];
    expected = [
      "/etc/kubernetes/cluster-admin.kubeconfig"
      "/etc/rancher/k3s/k3s.yaml"
      "/etc/rancher/rke2/rke2.yaml"
      "/root/admin.yaml"
    ];
  };

  testStartsAnewWithAnotherFile = {
    expr = (units [ ]).kube-oidc-loaded.restartTriggers;
    expected = [
      (machine [
        master
        forgejo
      ]).services.kube-oidc.configFile
    ];
  };

  # The kubeconfig leads to the cluster's address; the unit asks the API server of its own machine.
  testAsksItsOwnApiServer = {
    expr =
      map
        (
          settings:
          (units [ { services.kubernetes.apiserver = settings; } ]).kube-oidc-loaded.environment.SERVER
        )
        [
          { }
          { bindAddress = "192.0.2.7"; }
          { bindAddress = "::"; }
          {
            bindAddress = "2001:db8::7";
            securePort = 443;
          }
          { extraOpts = "--secure-port=8443 --bind-address 192.0.2.8"; }
        ];
    expected = [
      "https://127.0.0.1:6443"
      "https://192.0.2.7:6443"
      "https://[::1]:6443"
      "https://[2001:db8::7]:443"
      "https://192.0.2.8:8443"
    ];
  };

  # Theirs is local already.
  testKubeconfigOfK3sIsTaken = {
    expr =
      map (machine: { inherit (machine.systemd.services.kube-oidc-loaded.environment) SERVER UNIT; })
        [
          (machine [ k3s ])
          (machine [ rke2 ])
        ];
    expected = [
      {
        SERVER = "";
        UNIT = "k3s";
      }
      {
        SERVER = "";
        UNIT = "rke2-server";
      }
    ];
  };

  testRke2LogsToThePodsFiles = {
    expr = (machine [ rke2 ]).systemd.services.kube-oidc-loaded.environment.LOGS;
    expected = "/var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log";
  };

  testHashIsSaidSince134 = {
    expr =
      map
        (
          kubernetesVersion:
          (units [ (oidc { inherit kubernetesVersion; }) ]).kube-oidc-loaded.environment.SAYS_HASH
        )
        [
          "1.33"
          "1.34"
        ];
    expected = [
      "0"
      "1"
    ];
  };

  # Namespaces are never deleted, so they are not in the list either.
  testExpectedGrants = {
    expr = (units [ grants ]).kube-oidc-revoked.environment.EXPECTED.config;
    expected = ''
      ClusterRoleBinding - "kube-oidc:all:cluster-role:view"
      Role site "kube-oidc:site"
      RoleBinding site "kube-oidc:site"
    '';
  };

  testWithoutGrantsNothingIsExpected = {
    expr = (units [ ]).kube-oidc-revoked.environment.EXPECTED.config;
    expected = "";
  };
}
