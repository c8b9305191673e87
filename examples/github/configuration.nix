# A k3s server, deployed to by one repository on GitHub. The numbers are `gh api repos/octo-org/site --jq .owner.id,.id`.
{
  services.k3s.enable = true;

  services.kube-oidc = {
    enable = true;
    issuers.github = {
      provider = "github";
      audiences = [ "kubernetes.example.org" ];
      trust = {
        ownerIds = [ "65" ];
        repositoryIds = [ "74" ];
      };
    };
    grants.site = {
      issuer = "github";
      workload = {
        repository = "octo-org/site";
        ownerId = "65";
        repositoryId = "74";
        ref = "refs/heads/main";
      };
      namespace = "site";
      preset = "deploy";
    };

    # Tested when the file is built.
    tests."main deploys" = {
      run = {
        repository = "octo-org/site";
        ownerId = "65";
        repositoryId = "74";
      };
      can = [ "patch deployments.apps -n site" ];
    };
    invariants = {
      "only main of the repository deploys".only = {
        can = "patch deployments.apps -n site";
        tokens = ''claims.repository_id == "74" && claims.ref == "refs/heads/main"'';
      };
      "no token reads secrets".never.can = "get secrets -n site";
    };
  };
}
