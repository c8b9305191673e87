# A k3s server, deployed to from one Pulumi ESC environment; the ids are those of organization and environment.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.pulumi = {
      provider = "pulumi";
      audiences = [ "kubernetes.example.org" ];
      trust.ownerIds = [ "8a6f2c1e-52c5-4b43-9d0c-6ad0a3b6c0de" ];
    };
    grants.site = {
      issuer = "pulumi";
      user = "pulumi:pulumi:org:8a6f2c1e-52c5-4b43-9d0c-6ad0a3b6c0de:env:3e1b7c9a-7f0a-4f63-9e9f-2d6a7c1f8b11";
      namespace = "site";
      preset = "deploy";
    };
  };
}
