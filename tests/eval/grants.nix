# Grants → RBAC objects and where they go.
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

  names = grants: builtins.attrNames (manifestsOf grants);
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

  testSeveralNamespacesAndTheirCreation = {
    expr = names {
      blog = base // {
        namespace = [
          "a"
          "b"
        ];
        createNamespace = true;
      };
    };
    expected = [
      "kube-oidc-namespace.a"
      "kube-oidc-namespace.b"
      "kube-oidc-role.a.blog"
      "kube-oidc-role.b.blog"
      "kube-oidc-rolebinding.a.blog"
      "kube-oidc-rolebinding.b.blog"
    ];
  };

  # roleRef can't be changed in place, so another role has to be another binding.
  testAnotherRoleIsAnotherBinding = {
    expr =
      map
        (
          grant:
          (lib.head (
            builtins.attrValues (manifestsOf {
              blog = base // grant;
            })
          )).metadata.name
        )
        [
          { }
          {
            preset = null;
            role = "deployer";
          }
          {
            preset = null;
            clusterRole = "edit";
          }
        ];
    expected = [
      "kube-oidc:blog"
      "kube-oidc:blog:role:deployer"
      "kube-oidc:blog:cluster-role:edit"
    ];
  };

  testClusterRoleInANamespace = {
    expr =
      (lib.head (
        builtins.attrValues (manifestsOf {
          blog = base // {
            preset = null;
            clusterRole = "edit";
          };
        })
      )).roleRef;
    expected = {
      apiGroup = "rbac.authorization.k8s.io";
      kind = "ClusterRole";
      name = "edit";
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

  testRulesKeepWhatIsSet = {
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

  # Names that are no file name get a hash; plain ones stay as they are, and no two become one.
  testNamesThatAreNoFileNames = {
    expr = lib.unique (names {
      "adam/site" = base;
      "adam-site" = base;
      "adam:site" = base;
    });
    expected = [
      "kube-oidc-role.site.adam-site"
      "kube-oidc-role.site.adam-site-01063038"
      "kube-oidc-role.site.adam-site-943c2d44"
      "kube-oidc-rolebinding.site.adam-site"
      "kube-oidc-rolebinding.site.adam-site-01063038"
      "kube-oidc-rolebinding.site.adam-site-943c2d44"
    ];
  };

  testNamespaceAndGrantDoNotRunTogether = {
    expr = lib.length (names {
      "b.c" = base // {
        namespace = "a";
      };
      c = base // {
        namespace = "a-b";
      };
      "b-c" = base // {
        namespace = "a";
      };
    });
    expected = 6;
  };

  testGrantsOfOtherModulesStay = {
    expr =
      let
        addons =
          (machine [
            master
            forgejo
            (oidc { grants.blog = base; })
            { services.kubernetes.addonManager.bootstrapAddons.mine.kind = "Namespace"; }
          ]).services.kubernetes.addonManager.bootstrapAddons;
      in
      {
        inherit (addons) mine;
        count = lib.length (builtins.attrNames addons);
      };
    expected = {
      mine.kind = "Namespace";
      count = 3;
    };
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
