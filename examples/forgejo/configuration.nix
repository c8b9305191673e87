# The story: a Kubernetes master on NixOS, and a Forgejo (15 or later, runner 12.5 or later) whose jobs deploy to it
# without a stored credential.
{
  services.kubernetes = {
    roles = [
      "master"
      "node"
    ];
    masterAddress = "kubernetes.technowizardry.net";
    apiserver.extraOpts = "--anonymous-auth=false --service-node-port-range=30000-32767";
  };

  services.kube-oidc = {
    enable = true;

    issuers.forgejo = {
      provider = "forgejo";
      host = "git.technowizardry.net";
      audiences = [ "forgejo" ];
      trust.owners = [ "adam" ];
    };

    grants.blog = {
      issuer = "forgejo";
      workload = {
        repository = "adam/technowizardry.net";
        # curl -s https://git.technowizardry.net/api/v1/repos/adam/technowizardry.net | jq .owner.id,.id
        ownerId = "2";
        repositoryId = "17";
        ref = "refs/heads/main";
      };
      namespace = "technowizardry";
      preset = "deploy";
    };

    # Tested when the file is built.
    tests = {
      "main deploys" = {
        run = {
          repository = "adam/technowizardry.net";
          ownerId = "2";
          repositoryId = "17";
        };
        can = [ "patch deployments.apps -n technowizardry" ];
        cannot = [
          "get secrets -n technowizardry"
          "patch deployments.apps -n payroll"
        ];
      };
      "pull requests are refused" = {
        run = {
          repository = "adam/technowizardry.net";
          event = "pull_request";
        };
        refused = "event_name";
      };
      "other owners are refused" = {
        run.repository = "eve/technowizardry.net";
        refused = "repository_owner must be adam";
      };
    };
    invariants = {
      "only adam's repositories deploy".only = {
        can = "patch deployments.apps -n technowizardry";
        tokens = ''claims.repository_owner == "adam" && claims.ref == "refs/heads/main"'';
      };
      "no token is in system:masters".never.group = "system:masters";
      "no token reads secrets".never.can = "get secrets -n technowizardry";
    };
  };
}
