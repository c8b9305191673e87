# A k3s server, deployed to by protected branches of one project on gitlab.com.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.gitlab = {
      provider = "gitlab";
      audiences = [ "kubernetes.example.org" ];
      trust = {
        repositoryIds = [ "20" ];
        protectedRefsOnly = true;
      };
    };
    grants.site = {
      issuer = "gitlab";
      workload = {
        repository = "group/site";
        ref = "refs/heads/main";
      };
      namespace = "site";
      preset = "deploy";
    };

    # Tested when the file is built.
    invariants = {
      "only protected branches of the project deploy".only = {
        can = "patch deployments.apps -n site";
        tokens = ''claims.project_id == "20" && claims.ref_protected == "true"'';
      };
      "no token reads secrets".never.can = "get secrets -n site";
    };
  };
}
