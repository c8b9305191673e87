# A k3s server, deployed to by one project on Stub CI.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.stub = {
      provider = "stub";
      host = "ci.example.net";
      audiences = [ "kubernetes.example.org" ];
      trust.ownerIds = [ "65" ];
    };
    grants.site = {
      issuer = "stub";
      workload = {
        repository = "acme/site";
        ref = "refs/heads/main";
      };
      namespace = "site";
      preset = "deploy";
    };
  };
}
