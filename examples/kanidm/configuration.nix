# A k3s server for people who log in with Kanidm: the group may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.kanidm = {
      provider = "kanidm";
      host = "idm.example.org";
      client = "kubernetes";
      audiences = [ "kubernetes" ];
    };
    grants.site = {
      issuer = "kanidm";
      group = "kanidm:deployers@idm.example.org";
      namespace = "site";
      preset = "deploy";
    };
  };
}
