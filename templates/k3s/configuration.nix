# A k3s server, deployed to by Forgejo Actions. Put your names in place of the ones of example.org, and add the hardware
# configuration of the machine.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.forgejo = {
      provider = "forgejo";
      host = "git.example.org";
      audiences = [ "kubernetes.example.org" ];
      trust.owners = [ "adam" ];
    };
    grants.site = {
      issuer = "forgejo";
      workload = {
        repository = "adam/site";
        ref = "refs/heads/main";
      };
      namespace = "site";
      createNamespace = true;
      preset = "deploy";
    };
  };
}
