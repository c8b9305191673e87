# A k3s server, deployed to by one pipeline on Buildkite, whose job asks with --claim organization_id.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.buildkite = {
      provider = "buildkite";
      audiences = [ "kubernetes.example.org" ];
      trust.ownerIds = [ "f02d6a6f-7a0e-481d-9d6d-89b427aec48d" ];
    };
    grants.site = {
      issuer = "buildkite";
      workload = {
        repository = "acme-inc/site";
        ref = "main";
      };
      namespace = "site";
      preset = "deploy";
    };
  };
}
