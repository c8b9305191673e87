# The unit that applies grants. tests/e2e/test_apply.py runs its command against real API servers, tests/switch the unit.
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

  on =
    modules:
    machine (
      [
        master
        forgejo
      ]
      ++ modules
    );

  services = modules: (on modules).systemd.services;

  # ExecStart as a list of words.
  words =
    system:
    map (word: lib.removeSuffix "\"" (lib.removePrefix "\"" word)) (
      lib.splitString "\" \"" system.systemd.services.kube-oidc-apply.serviceConfig.ExecStart
    );

  valueOf =
    flag: system:
    lib.concatMap (
      word: lib.optional (lib.hasPrefix "--${flag}=" word) (lib.removePrefix "--${flag}=" word)
    ) (words system);

  activation =
    modules: builtins.attrNames (lib.filterAttrs (name: _: name == "kube-oidc-apply") (on modules).system.activationScripts);
in
{
  testOneUnit = {
    expr = builtins.attrNames (services [ ]);
    expected = [
      "kube-apiserver"
      "kube-oidc-apply"
    ];
  };

  testNoneWithoutAKubeconfig = {
    expr = {
      services = builtins.attrNames (services [
        { services.kubernetes.pki.etcClusterAdminKubeconfig = lib.mkForce null; }
      ]);
      activation = activation [
        { services.kubernetes.pki.etcClusterAdminKubeconfig = lib.mkForce null; }
      ];
    };
    expected = {
      services = [ "kube-apiserver" ];
      activation = [ ];
    };
  };

  testKubeconfigOfEachDistribution = {
    expr = lib.concatMap (valueOf "kubeconfig") [
      (on [ ])
      (machine [ k3s ])
      (machine [ rke2 ])
      (machine [
        k3s
        { services.k3s.extraFlags = "--write-kubeconfig /root/admin.yaml"; }
      ])
    ];
    expected = [
      "/etc/kubernetes/cluster-admin.kubeconfig"
      "/etc/rancher/k3s/k3s.yaml"
      "/etc/rancher/rke2/rke2.yaml"
      "/root/admin.yaml"
    ];
  };

  # nixos-rebuild starts it after the API server and waits for it.
  testStartsAfterTheApiServer = {
    expr =
      map (system: { inherit (system.systemd.services.kube-oidc-apply) after wantedBy; })
        [
          (on [ ])
          (machine [ k3s ])
          (machine [ rke2 ])
        ];
    expected =
      map
        (unit: {
          after = [ unit ];
          wantedBy = [ "multi-user.target" ];
        })
        [
          "kube-apiserver.service"
          "k3s.service"
          "rke2-server.service"
        ];
  };

  testNeverWaitsForEver = {
    expr =
      let
        inherit ((on [ ]).systemd.services.kube-oidc-apply) serviceConfig;
      in
      serviceConfig.TimeoutStartSec > lib.toInt (lib.removeSuffix "s" (lib.head (valueOf "timeout" (on [ ]))));
    expected = true;
  };

  # tests/switch shows that nixos-rebuild starts it with every activation, and that boot does not wait for it.
  testEachActivationAppliesGrants = {
    expr = activation [ ];
    expected = [ "kube-oidc-apply" ];
  };

  testComparesTheFileWithTheOneThatWasBuilt = {
    expr = {
      config = valueOf "config" (on [ ]);
      source = valueOf "source" (on [ ]) == [ "${(on [ ]).services.kube-oidc.configFile}" ];
    };
    expected = {
      config = [ "/etc/kube-oidc/auth.yaml" ];
      source = true;
    };
  };

  # The kubeconfig leads to the cluster's address; the unit asks the API server of its own machine.
  testAsksItsOwnApiServer = {
    expr =
      lib.concatMap (settings: valueOf "server" (on [ { services.kubernetes.apiserver = settings; } ]))
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
    expr = lib.concatMap (valueOf "server") [
      (machine [ k3s ])
      (machine [ rke2 ])
    ];
    expected = [ ];
  };

  testReasonsAreInTheJournalOrInThePodsFiles = {
    expr = map (system: valueOf "unit" system ++ valueOf "logs" system) [
      (on [ ])
      (machine [ k3s ])
      (machine [ rke2 ])
    ];
    expected = [
      [ "kube-apiserver.service" ]
      [ "k3s.service" ]
      [
        "rke2-server.service"
        "/var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log"
      ]
    ];
  };

  testSpecialCharactersOfSystemdAreQuoted = {
    expr = valueOf "kubeconfig" (on [ (oidc { kubeconfig = "/root/100% $HOME"; }) ]);
    expected = [ "/root/100%% $$HOME" ];
  };
}
