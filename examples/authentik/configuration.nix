# A k3s server for people who log in with authentik: the group may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.authentik = {
      provider = "authentik";
      host = "sso.example.org";
      application = "kubernetes";
      audiences = [ "kubernetes" ];
    };
    grants.site = {
      issuer = "authentik";
      group = "authentik:deployers";
      namespace = "site";
      preset = "deploy";
    };
  };
}
