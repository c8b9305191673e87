# The story: a Kubernetes master on NixOS, and a Forgejo whose jobs deploy to it without a stored credential.
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
        ref = "refs/heads/main";
      };
      namespace = "technowizardry";
      preset = "deploy";
    };
  };
}
