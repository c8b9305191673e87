# A k3s server, changed by one workspace of HCP Terraform, when it applies.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.terraform = {
      provider = "terraform";
      audiences = [ "kubernetes.example.org" ];
      trust.ownerIds = [ "org-GRNbCjYNpBB6NEH9" ];
    };
    grants.site = {
      issuer = "terraform";
      workload = {
        repositoryId = "ws-mbsd5E3Ktt5Rg2Xm";
        event = "apply";
      };
      namespace = "site";
      preset = "deploy";
    };
  };
}
