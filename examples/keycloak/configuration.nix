# A k3s server for people who log in with Keycloak: the group may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.keycloak = {
      provider = "keycloak";
      host = "sso.example.org";
      realm = "main";
      audiences = [ "kubernetes" ];
    };
    grants.site = {
      issuer = "keycloak";
      group = "keycloak:deployers";
      namespace = "site";
      preset = "deploy";
    };
  };
}
