# The real services.forgejo and its runner: a workflow deploys to the cluster next to it without a stored credential.
#
# tests/e2e makes the same assertions on real processes, with an issuer that answers as Forgejo does.
{
  config,
  pkgs,
  lib,
  self,
  ...
}:
let
  fixtures = import ./fixtures.nix { inherit config pkgs lib; };

  # Forgejo derives a runner's UUID from the first 16 characters of its secret.
  runnerSecret = "7c31591e8b67225a116d4a4519ea8e507e08f71f";
  runnerUuid = "37633331-3539-3165-3862-363732323561";
  runnerPackages = [
    pkgs.bash
    pkgs.coreutils
    pkgs.curl
    pkgs.jq
    pkgs.kubectl
  ];

  # services.forgejo-runner where NixOS has it, services.gitea-actions-runner in older releases.
  runner =
    { options, ... }:
    {
      config = if options.services ? forgejo-runner then newRunner else oldRunner;
    };

  newRunner = {
    services.forgejo-runner.instances.native = {
      enable = true;
      settings = {
        runner.labels = [ "native:host" ];
        server.connections.forgejo = {
          url = "https://${fixtures.host}";
          uuid = runnerUuid;
        };
      };
      secrets.server.connections.forgejo.token_url = "/run/runner-token";
      hostPackages = runnerPackages;
    };
    systemd.services.forgejo-runner-native.wantedBy = lib.mkForce [ ];
  };

  oldRunner = {
    services.gitea-actions-runner = {
      package = pkgs.forgejo-runner;
      instances.native = {
        enable = true;
        name = "native";
        url = "https://${fixtures.host}";
        tokenFile = "/run/runner-token";
        labels = [ "native:host" ];
        hostPackages = runnerPackages;
      };
    };
    systemd.services.gitea-runner-native.wantedBy = lib.mkForce [ ];
  };

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
    # Forgejo replaces the issuer, with the same name and certificate.
    issuer = {
      virtualisation.memorySize = 2048;
      networking.firewall.allowedTCPPorts = [ 443 ];
      security.pki.certificateFiles = [ "${fixtures.certificates}/ca.pem" ];
      services.forgejo = {
        enable = true;
        # NixOS' default is the LTS release, which may lack ID tokens (Forgejo 15).
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
        runner
      ];
      virtualisation = {
        memorySize = 3072;
        cores = 2;
      };
      # Since Forgejo 16, a new repository's subject contains numeric IDs: those of the first user and repository.
      services.kube-oidc = {
        issuers.forgejo.trust.repositoryIds = [ "1" ];
        grants.site.workload = {
          ownerId = "1";
          repositoryId = "1";
        };
      };
      services.k3s = {
        enable = true;
        disableAgent = true;
        extraFlags = [ "--tls-san=machine" ];
      };
      environment.systemPackages = [ pkgs.git ];
    };
  };

  testScript = ''
    start_all()
    issuer.wait_for_unit("forgejo.service")
    issuer.wait_for_unit("nginx.service")
    machine.wait_for_unit("k3s.service")
    machine.wait_until_succeeds("systemctl is-active kube-oidc-apply.service")

    forgejo = "runuser --user forgejo -- ${lib.getExe pkgs.forgejo} --work-path /var/lib/forgejo"
    issuer.succeed(f"{forgejo} admin user create --admin --username adam --password adam-adam --email a@example.org --must-change-password=false")
    if machine.execute("systemctl cat forgejo-runner-native.service")[0] == 0:
        issuer.succeed(f"{forgejo} forgejo-cli actions register --name native --secret ${runnerSecret}")
        machine.succeed("umask 077; echo ${runnerSecret} > /run/runner-token; systemctl start forgejo-runner-native")
    else:
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
