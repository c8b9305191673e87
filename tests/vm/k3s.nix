# services.k3s, one server: the flag, the grants, and anonymous requests that stay refused although k3s gets a file.
#
# Other tests assert the same without k3s: flags in tests/eval/rancher.nix, anonymous requests in
# tests/eval/test_anonymous.py, everything else in tests/e2e. k3s itself runs only here, and without pods: in containers
# if the release has them, which need no KVM.
{
  config,
  options,
  pkgs,
  lib,
  self,
  ...
}:
let
  hasContainers = options ? containers;
  fixtures = import ./fixtures.nix { inherit config pkgs lib; };
in
{
  # Which names it has depends on `options`, which a module can ask for below `config` alone.
  config = {
    name = "kube-oidc-k3s";

    ${if hasContainers then "containers" else "nodes"} = {
      issuer = fixtures.issuer;

      machine = {
        imports = [
          self.nixosModules.default
          fixtures.client
        ];
        virtualisation = lib.optionalAttrs (!hasContainers) {
          memorySize = 2048;
          cores = 2;
          diskSize = 4096;
        };
        services.k3s = {
          enable = true;
          # Permissions can be tested without pods.
          disableAgent = true;
          disable = [
            "coredns"
            "local-storage"
            "metrics-server"
            "servicelb"
            "traefik"
          ];
        };
      };
    };

    testScript = ''
      ${fixtures.script "/etc/rancher/k3s/k3s.yaml"}
      machine.wait_for_unit("k3s.service")
      machine.wait_until_succeeds("systemctl is-active kube-oidc-apply.service")

      with subtest("a job has its grant's permissions and no others"):
          assert can(token(), "patch", "deployments.apps") == "yes"
          assert can(token(), "get", "secrets") == "no"
          assert can(token(event="pull_request_target"), "patch", "deployments.apps") == "refused"

      with subtest("anonymous requests are still rejected"):
          assert machine.succeed("curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1:6443/version") == "401"
    '';
  };
}
