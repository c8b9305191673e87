# A k3s server for one person who logs in as for signing with Sigstore.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.sigstore = {
      provider = "sigstore";
      audiences = [ "sigstore" ];
      trust.owners = [ "ada@example.org" ];
      claimValidationRules = [
        {
          expression = "claims.?email_verified.orValue(false) == true";
          message = "the e-mail address must be verified";
        }
      ];
    };
    grants.site = {
      issuer = "sigstore";
      user = "sigstore:ChUxMTgyNzEzMjI1MTUzNjExMDk2MzESH2h0dHBzOiUyRiUyRmFjY291bnRzLmdvb2dsZS5jb20";
      namespace = "site";
      preset = "deploy";
    };
  };
}
