# Grants → RBAC objects.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    machine
    master
    oidc
    refusals
    ;

  manifestsOf =
    grants:
    (machine [
      master
      forgejo
      (oidc { inherit grants; })
    ]).services.kube-oidc.manifests;

  refusalsOf =
    grants:
    refusals [
      master
      forgejo
      (oidc { inherit grants; })
    ];

  base = {
    issuer = "forgejo";
    user = "forgejo:repo:adam/site:ref:refs/heads/main";
    namespace = "site";
    preset = "deploy";
  };
in
{
  testPresetDeploy = {
    expr = (manifestsOf { blog = base; })."kube-oidc-role.site.blog".rules;
    expected = [
      {
        apiGroups = [ "apps" ];
        resources = [ "deployments" ];
        verbs = [
          "get"
          "list"
          "watch"
          "patch"
        ];
      }
    ];
  };

  testClusterWide = {
    expr = manifestsOf {
      blog = base // {
        namespace = [ ];
        clusterWide = true;
      };
    };
    expected =
      let
        metadata = {
          name = "kube-oidc:blog";
          labels."app.kubernetes.io/managed-by" = "kube-oidc";
        };
      in
      {
        "kube-oidc-clusterrole.blog" = {
          apiVersion = "rbac.authorization.k8s.io/v1";
          kind = "ClusterRole";
          inherit metadata;
          rules = [
            {
              apiGroups = [ "apps" ];
              resources = [ "deployments" ];
              verbs = [
                "get"
                "list"
                "watch"
                "patch"
              ];
            }
          ];
        };
        "kube-oidc-clusterrolebinding.blog" = {
          apiVersion = "rbac.authorization.k8s.io/v1";
          kind = "ClusterRoleBinding";
          inherit metadata;
          subjects = [
            {
              apiGroup = "rbac.authorization.k8s.io";
              kind = "User";
              name = "forgejo:repo:adam/site:ref:refs/heads/main";
            }
          ];
          roleRef = {
            apiGroup = "rbac.authorization.k8s.io";
            kind = "ClusterRole";
            name = "kube-oidc:blog";
          };
        };
      };
  };

  testUsersGroupsAndWorkloadsInOneGrant = {
    expr =
      map (subject: "${subject.kind} ${subject.name}")
        (machine [
          master
          forgejo
          (oidc {
            issuers.forgejo.claimMappings.groups = {
              claim = "groups";
              prefix = "forgejo:";
            };
            grants.blog = base // {
              user = [
                "forgejo:repo:adam/a:pull_request"
                "forgejo:repo:adam/b:pull_request"
              ];
              group = "forgejo:deployers";
              workload = [
                {
                  repository = "adam/a";
                  ref = "refs/heads/main";
                }
                {
                  repository = "adam/b";
                  tag = "v1";
                }
              ];
            };
          })
        ]).services.kube-oidc.manifests."kube-oidc-rolebinding.site.blog".subjects;
    expected = [
      "User forgejo:repo:adam/a:pull_request"
      "User forgejo:repo:adam/b:pull_request"
      "User forgejo:repo:adam/a:ref:refs/heads/main"
      "User forgejo:repo:adam/b:ref:refs/tags/v1"
      "Group forgejo:deployers"
    ];
  };

  testRulesOmitEmptyFields = {
    expr =
      (manifestsOf {
        blog = base // {
          preset = null;
          namespace = [ ];
          clusterWide = true;
          rules = [
            {
              nonResourceURLs = [ "/metrics" ];
              verbs = [ "get" ];
            }
            {
              apiGroups = [ "" ];
              resources = [ "configmaps" ];
              resourceNames = [ "site" ];
              verbs = [ "get" ];
            }
          ];
        };
      })."kube-oidc-clusterrole.blog".rules;
    expected = [
      {
        nonResourceURLs = [ "/metrics" ];
        verbs = [ "get" ];
      }
      {
        apiGroups = [ "" ];
        resources = [ "configmaps" ];
        resourceNames = [ "site" ];
        verbs = [ "get" ];
      }
    ];
  };

  testEveryPresetIsAllowed = {
    expr =
      lib.concatMap
        (
          preset:
          refusalsOf {
            blog = base // {
              inherit preset;
            };
          }
        )
        [
          "deploy"
          "apply"
          "view"
        ];
    expected = [ ];
  };
}
