# A k3s server for people who log in with Pocket ID: the group may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.pocket-id = {
      provider = "pocket-id";
      host = "id.example.org";
      audiences = [ "kubernetes" ];
    };
    grants.site = {
      issuer = "pocket-id";
      group = "pocket-id:deployers";
      namespace = "site";
      preset = "deploy";
    };
  };
}
