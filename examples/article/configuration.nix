# The article's configuration as options: its issuer, its Role by its own name and with its own verbs, its flags.
{
  services.kubernetes = {
    roles = [
      "master"
      "node"
    ];
    masterAddress = "kubernetes.technowizardry.net";
    apiserver.extraOpts = "--etcd-prefix=/registry --service-account-lookup=true --anonymous-auth=false --service-node-port-range=30000-32767";
  };

  services.kube-oidc = {
    enable = true;

    issuers.forgejo = {
      url = "https://git.technowizardry.net/api/actions";
      audiences = [ "forgejo" ];
      audienceMatchPolicy = "MatchAny";
      claimMappings.username = {
        claim = "sub";
        prefix = "forgejo:";
      };
    };

    grants.main-workflow = {
      name = "blog-update";
      issuer = "forgejo";
      user = "forgejo:repo:adam/technowizardry.net:ref:refs/heads/main";
      namespace = "technowizardry";
      rules = [
        {
          apiGroups = [ "apps" ];
          resources = [ "deployments" ];
          verbs = [
            "update"
            "list"
            "watch"
            "patch"
            "get"
            "create"
          ];
        }
      ];
    };
  };
}
