# A k3s server, deployed to by Forgejo Actions. Replace the names of example.org with yours, and add the machine's
# hardware configuration.
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
