# A k3s server, deployed to by one project on Vercel whose issuer mode is Team.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.vercel = {
      provider = "vercel";
      organization = "acme";
      audiences = [ "kubernetes.example.org" ];
      trust = {
        ownerIds = [ "team_7Gw5ZMzpQA8h90F832KGp7nwbuh3" ];
        environments = [ "production" ];
      };
    };
    grants.site = {
      issuer = "vercel";
      workload = {
        repository = "acme/website";
        environment = "production";
      };
      namespace = "site";
      preset = "deploy";
    };
  };
}
