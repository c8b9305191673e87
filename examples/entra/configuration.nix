# A k3s server for people of one tenant of Microsoft Entra ID: the group, by its id, may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.entra = {
      provider = "entra";
      organization = "11111111-2222-3333-4444-555555555555";
      audiences = [ "kubernetes" ];
    };
    grants.site = {
      issuer = "entra";
      group = "entra:8f2b6c1e-52c5-4b43-9d0c-6ad0a3b6c0de";
      namespace = "site";
      preset = "deploy";
    };
  };
}
