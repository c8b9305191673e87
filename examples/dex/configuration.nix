# A k3s server for people who log in with Dex: the group may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.dex = {
      provider = "dex";
      host = "dex.example.org";
      audiences = [ "kubernetes" ];
    };
    grants.site = {
      issuer = "dex";
      group = "dex:deployers";
      namespace = "site";
      preset = "deploy";
    };
  };
}
