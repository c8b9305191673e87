# A k3s server, deployed to by one project on CircleCI; the names are the UUIDs that its settings show.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.circleci = {
      provider = "circleci";
      organization = "11111111-2222-3333-4444-555555555555";
      audiences = [ "11111111-2222-3333-4444-555555555555" ];
    };
    grants.site = {
      issuer = "circleci";
      workload = {
        repositoryId = "66666666-7777-8888-9999-aaaaaaaaaaaa";
        ref = "refs/heads/main";
      };
      namespace = "site";
      preset = "deploy";
    };
  };
}
