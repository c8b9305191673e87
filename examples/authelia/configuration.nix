# A k3s server for people who log in with Authelia: the group may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.authelia = {
      provider = "authelia";
      host = "auth.example.org";
      audiences = [ "kubernetes" ];
    };
    grants.site = {
      issuer = "authelia";
      group = "authelia:deployers";
      namespace = "site";
      preset = "deploy";
    };
  };
}
