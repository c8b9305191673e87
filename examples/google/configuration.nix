# A k3s server for one person of a Google Workspace domain; the number is the account's.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.google = {
      provider = "google";
      audiences = [ "1234567890-abc.apps.googleusercontent.com" ];
      trust.owners = [ "example.org" ];
    };
    grants.site = {
      issuer = "google";
      user = "google:110169484474386276334";
      namespace = "site";
      preset = "deploy";
    };
  };
}
