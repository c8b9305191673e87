# A Kubernetes master that Forgejo Actions deploys to (Forgejo 15 or later, runner 12.5 or later). Replace the names of
# example.org with yours, and add the machine's hardware configuration.
{
  services.kubernetes = {
    roles = [
      "master"
      "node"
    ];
    masterAddress = "kubernetes.example.org";
  };

  services.kube-oidc = {
    enable = true;
    issuers.forgejo = {
      provider = "forgejo";
      host = "git.example.org";
      audiences = [ "kubernetes.example.org" ];
      trust.owners = [ "adam" ];
    };
    grants.site = {
      issuer = "forgejo";
      workload = {
        repository = "adam/site";
        # curl -s https://git.example.org/api/v1/repos/adam/site | jq .owner.id,.id
        ownerId = "2";
        repositoryId = "17";
        ref = "refs/heads/main";
      };
      namespace = "site";
      createNamespace = true;
      preset = "deploy";
    };

    # Tested when the file is built.
    tests."main deploys" = {
      run = {
        repository = "adam/site";
        ownerId = "2";
        repositoryId = "17";
      };
      can = [ "patch deployments.apps -n site" ];
    };
    invariants."no token reads secrets".never.can = "get secrets -n site";
  };
}
