# A k3s server for people who log in with ZITADEL: the group may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.zitadel = {
      provider = "zitadel";
      host = "zitadel.example.org";
      audiences = [ "kubernetes" ];
    };
    grants.site = {
      issuer = "zitadel";
      group = "zitadel:deployers";
      namespace = "site";
      preset = "deploy";
    };
  };
}
