# A k3s server for people of a user pool of Amazon Cognito: the group may deploy.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.cognito = {
      provider = "cognito";
      host = "eu-central-1.amazonaws.com";
      realm = "eu-central-1_a1B2c3D4e";
      audiences = [ "1example23456789" ];
    };
    grants.site = {
      issuer = "cognito";
      group = "cognito:deployers";
      namespace = "site";
      preset = "deploy";
    };
  };
}
