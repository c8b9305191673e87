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
  };
}
