# The real services.forgejo and its runner: a workflow that deploys to the cluster beside it, without a credential.
#
# What this asserts is asserted on real processes too, with an issuer that answers as Forgejo does: tests/e2e.
{
  config,
  pkgs,
  lib,
  self,
  ...
}:
let
  fixtures = import ./fixtures.nix { inherit config pkgs lib; };

  workflow = pkgs.writeText "deploy.yaml" ''
    on: push
    jobs:
      deploy:
        runs-on: native
        enable-openid-connect: true
        steps:
          - run: |
              set -euo pipefail
              umask 077
              token=$(curl --silent --fail "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=kubernetes" \
                --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" | jq --raw-output .value)
              kubectl config set-cluster local --server https://machine:6443 --insecure-skip-tls-verify=true
              kubectl config set-context oidc --cluster local --user oidc
              kubectl config use-context oidc
              kubectl config set-credentials oidc --token "$token" > /dev/null
              kubectl auth can-i patch deployments.apps --namespace site
  '';
in
{
  name = "kube-oidc-forgejo";

  nodes = {
    # Forgejo takes the issuer's place, with the same name and certificate.
    issuer = {
      virtualisation.memorySize = 2048;
      networking.firewall.allowedTCPPorts = [ 443 ];
      security.pki.certificateFiles = [ "${fixtures.certificates}/ca.pem" ];
      services.forgejo = {
        enable = true;
        # The default is the one with long support; ID tokens came with Forgejo 15.
        package = pkgs.forgejo;
        settings = {
          server = {
            ROOT_URL = "https://${fixtures.host}/";
            HTTP_ADDR = "127.0.0.1";
          };
          actions.ENABLED = true;
          service.DISABLE_REGISTRATION = true;
        };
      };
      services.nginx = {
        enable = true;
        virtualHosts.${fixtures.host} = {
          onlySSL = true;
          sslCertificate = "${fixtures.certificates}/cert.pem";
          sslCertificateKey = "${fixtures.certificates}/key.pem";
          locations."/".proxyPass = "http://127.0.0.1:3000";
        };
      };
    };

    machine = {
      imports = [
        self.nixosModules.default
        fixtures.client
      ];
      virtualisation = {
        memorySize = 3072;
        cores = 2;
      };
      # A new repository's subject has the numbers from Forgejo 16 on: those of the first user and the first repository.
      services.kube-oidc.grants.site.workload = lib.mkForce {
        repository = "adam/site";
        ref = "refs/heads/main";
        ownerId = "1";
        repositoryId = "1";
      };
      services.k3s = {
        enable = true;
        disableAgent = true;
        extraFlags = [ "--tls-san=machine" ];
      };
      services.gitea-actions-runner = {
        package = pkgs.forgejo-runner;
        instances.native = {
          enable = true;
          name = "native";
          url = "https://${fixtures.host}";
          tokenFile = "/run/runner-token";
          labels = [ "native:host" ];
          hostPackages = [
            pkgs.bash
            pkgs.coreutils
            pkgs.curl
            pkgs.jq
            pkgs.kubectl
          ];
        };
      };
      systemd.services.gitea-runner-native.wantedBy = lib.mkForce [ ];
      environment.systemPackages = [ pkgs.git ];
    };
  };

  testScript = ''
    start_all()
    issuer.wait_for_unit("forgejo.service")
    issuer.wait_for_unit("nginx.service")
    machine.wait_for_unit("k3s.service")
    machine.wait_for_unit("kube-oidc-loaded.service")

    forgejo = "runuser --user forgejo -- ${lib.getExe pkgs.forgejo} --work-path /var/lib/forgejo"
    issuer.succeed(f"{forgejo} admin user create --admin --username adam --password adam-adam --email a@example.org --must-change-password=false")
    runner = issuer.succeed(f"{forgejo} actions generate-runner-token").strip()
    machine.succeed(f"umask 077; echo TOKEN={runner} > /run/runner-token; systemctl start gitea-runner-native")

    api = "curl --fail --silent --user adam:adam-adam https://${fixtures.host}/api/v1"
    machine.succeed(api + "/user/repos --json '{\"name\": \"site\", \"default_branch\": \"main\", \"auto_init\": true}'")
    machine.succeed(api + "/repos/adam/site --request PATCH --json '{\"has_actions\": true}'")
    machine.succeed(
        "git clone https://adam:adam-adam@${fixtures.host}/adam/site.git /tmp/site"
        " && mkdir -p /tmp/site/.forgejo/workflows && cp ${workflow} /tmp/site/.forgejo/workflows/deploy.yaml"
        " && cd /tmp/site && git add . && git -c user.name=a -c user.email=a@example.org commit -m deploy && git push"
    )
    machine.wait_until_succeeds(api + "/repos/adam/site/actions/tasks | jq --exit-status '.workflow_runs[0].status == \"success\"'", timeout=120)
  '';
}
