# A k3s server, deployed to by one pipeline on Codefresh.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.codefresh = {
      provider = "codefresh";
      audiences = [ "kubernetes.example.org" ];
      trust.ownerIds = [ "5f30ebd30312313ae7f17948" ];
    };
    grants.site = {
      issuer = "codefresh";
      workload.repositoryId = "64f0c40800aafd1455566abc";
      namespace = "site";
      preset = "deploy";
    };
  };
}
