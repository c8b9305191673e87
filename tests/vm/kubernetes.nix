# services.kubernetes with easyCerts: the packaged checker on the node, a token, what it may do, and a change of the
# trust without a restart.
#
# Other tests assert the same on real processes: allowed and refused requests and what the unit runs in tests/e2e, the unit
# itself in tests/switch, the checker against a spoilt file in tests/eval/test_derivation.py.
{
  config,
  pkgs,
  lib,
  self,
  ...
}:
let
  fixtures = import ./fixtures.nix { inherit config pkgs lib; };
in
{
  name = "kube-oidc-kubernetes";

  nodes = {
    issuer = fixtures.issuer;

    machine = {
      imports = [
        self.nixosModules.default
        fixtures.client
      ];
      virtualisation = {
        memorySize = 3072;
        cores = 2;
        diskSize = 4096;
      };
      services.kubernetes = {
        roles = [ "master" ];
        masterAddress = "machine";
      };
      # Only another event: a reload.
      specialisation.moved.configuration.services.kube-oidc.issuers.forgejo.trust.events = lib.mkForce [
        "schedule"
      ];
    };
  };

  testScript = ''
    ${fixtures.script "/etc/kubernetes/cluster-admin.kubeconfig"}
    machine.wait_for_unit("kube-apiserver.service")
    machine.wait_until_succeeds("systemctl is-active kube-oidc-apply.service")

    with subtest("the packaged checker accepts the file on the node, and rejects a broken copy"):
        machine.succeed("kube-oidc check /etc/kube-oidc/auth.yaml")
        machine.succeed("sed 's/claims\\./claims.?/' /etc/kube-oidc/auth.yaml | sed 's/audiences/audience/' > /tmp/spoilt.yaml")
        machine.fail("kube-oidc check /tmp/spoilt.yaml")

    with subtest("a job has its grant's permissions and no others"):
        assert can(token(), "patch", "deployments.apps") == "yes"
        assert can(token(), "delete", "deployments.apps") == "no"
        assert can(token(), "get", "secrets") == "no"
        assert can(token(), "patch", "deployments.apps", "default") == "no"

    with subtest("untrusted tokens are rejected"):
        assert can(token(audience="other"), "patch", "deployments.apps") == "refused"
        assert can(token(event="pull_request"), "patch", "deployments.apps") == "refused"
        assert can(token(repository="eve/site"), "patch", "deployments.apps") == "refused"
        assert can(token(ref="refs/heads/other"), "patch", "deployments.apps") == "no"

    with subtest("changed trust is loaded without a restart of the API server"):
        before = machine.succeed("systemctl show --property MainPID kube-apiserver")
        machine.succeed("/run/booted-system/specialisation/moved/bin/switch-to-configuration test")
        assert before == machine.succeed("systemctl show --property MainPID kube-apiserver")
        machine.succeed(f"kube-oidc status --kubeconfig {ADMIN} /etc/kube-oidc/auth.yaml")
        assert can(token(), "patch", "deployments.apps") == "refused"
        assert "is loaded; the cluster has these grants and no others" in machine.succeed(
            "journalctl --unit kube-oidc-apply --lines 5 --output cat"
        )

    with subtest("drift is corrected by the next switch, and reported"):
        kubectl = f"kubectl --kubeconfig {ADMIN} --namespace site"
        machine.succeed(f"{kubectl} label rolebinding --all app.kubernetes.io/managed-by-")
        machine.succeed("/run/booted-system/specialisation/moved/bin/switch-to-configuration test")
        assert "corrected RoleBinding site/" in machine.succeed("journalctl --unit kube-oidc-apply --lines 5 --output cat")

    with subtest("a rollback restores the trust without a restart"):
        machine.succeed("/run/booted-system/bin/switch-to-configuration test")
        assert before == machine.succeed("systemctl show --property MainPID kube-apiserver")
        assert can(token(), "patch", "deployments.apps") == "yes"
  '';
}