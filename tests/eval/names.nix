# Names of the grants' objects: stable, readable and unique.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    machine
    master
    oidc
    ;

  manifestsOf =
    grants:
    (machine [
      master
      forgejo
      (oidc { inherit grants; })
    ]).services.kube-oidc.manifests;

  base = {
    issuer = "forgejo";
    user = "forgejo:repo:adam/site:ref:refs/heads/main";
    namespace = "site";
    preset = "deploy";
  };

  names = grants: builtins.attrNames (manifestsOf grants);
in
{
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

  # roleRef is immutable, so another role needs another binding.
  testAnotherRoleNeedsAnotherBinding = {
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

  # Invalid file names get a hash; valid ones are unchanged, and all stay distinct.
  testInvalidFileNamesGetAHash = {
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

  testNamespaceAndGrantStayDistinct = {
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

  # A name in the store has at most 211 characters.
  testLongNamesAreShortenedAndUnique = {
    expr =
      let
        long = last: "${lib.concatStrings (lib.genList (_: "a") 240)}${last}";
        made = names {
          ${long "x"} = base;
          ${long "y"} = base;
        };
      in
      {
        count = lib.length made;
        isShort = lib.all (name: lib.stringLength "${name}.json" <= 211) made;
      };
    expected = {
      count = 4;
      isShort = true;
    };
  };

  testNamespaceNamesFollowKubernetes = {
    expr =
      map
        (
          namespace:
          (builtins.tryEval (
            builtins.deepSeq (names {
              blog = base // {
                inherit namespace;
              };
            }) true
          )).success
        )
        [
          "site"
          "site-2"
          "Site"
          "site_2"
          "-site"
          "a/b"
        ];
    expected = [
      true
      true
      false
      false
      false
      false
    ];
  };
}
