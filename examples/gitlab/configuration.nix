# A k3s server, deployed to by protected branches of one project on gitlab.com.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.gitlab = {
      provider = "gitlab";
      audiences = [ "kubernetes.example.org" ];
      trust = {
        repositoryIds = [ "20" ];
        protectedRefsOnly = true;
      };
    };
    grants.site = {
      issuer = "gitlab";
      workload = {
        repository = "group/site";
        ref = "refs/heads/main";
      };
      namespace = "site";
      preset = "deploy";
    };
  };
}
