# Definitions of issuers and grants by several modules: merged as NixOS merges the options of any submodule.
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

  optionsOf = modules: (machine ([ master ] ++ modules)).services.kube-oidc;
  trustOf = modules: (optionsOf ([ forgejo ] ++ modules)).issuers.forgejo.trust;
  grant = settings: oidc { grants.site = settings; };
  base = grant {
    issuer = "forgejo";
    namespace = "site";
    preset = "deploy";
  };
  subjectsOf =
    modules:
    map (subject: subject.name)
      (optionsOf (
        [
          forgejo
          base
        ]
        ++ modules
      )).manifests."kube-oidc-rolebinding.site.site".subjects;
in
{
  testListsOfSeveralModulesAreConcatenated = {
    expr =
      (trustOf [
        (oidc { issuers.forgejo.trust.owners = [ "adam" ]; })
        (oidc { issuers.forgejo.trust.owners = lib.mkBefore [ "eve" ]; })
      ]).owners;
    expected = [
      "eve"
      "adam"
    ];
  };

  testPropertiesOfAGroupApplyToEachOption = {
    expr =
      let
        trust = trustOf [
          (oidc {
            issuers.forgejo.trust = {
              owners = [ "adam" ];
              refs = [ "refs/heads/main" ];
            };
          })
          (oidc {
            issuers.forgejo.trust = lib.mkMerge [
              (lib.mkIf true (lib.mkForce { owners = [ "eve" ]; }))
              (lib.mkIf false { refs = [ "refs/heads/other" ]; })
              { anyOwner = true; }
            ];
          })
        ];
      in
      {
        inherit (trust) owners refs anyOwner;
      };
    expected = {
      owners = [ "eve" ];
      refs = [ "refs/heads/main" ];
      anyOwner = true;
    };
  };

  testADisabledDefinitionLeavesTheDefault = {
    expr =
      (trustOf [ (oidc { issuers.forgejo.trust.events = lib.mkIf false [ "issue_comment" ]; }) ]).events
      == (trustOf [ ]).events;
    expected = true;
  };

  testAnIssuerAsAFunctionGetsTheSameDefaults = {
    expr =
      let
        asFunction = optionsOf [
          (oidc {
            issuers.forgejo =
              { name, ... }:
              {
                provider = name;
                host = "git.technowizardry.net";
                audiences = [ name ];
              };
          })
        ];
      in
      asFunction.authenticationConfiguration == (optionsOf [ forgejo ]).authenticationConfiguration;
    expected = true;
  };

  testAttributesOfAWorkloadAreMerged = {
    expr = subjectsOf [
      (grant { workload.repository = "adam/site"; })
      (grant { workload.ref = "refs/heads/main"; })
    ];
    expected = [ "forgejo:repo:adam/site:ref:refs/heads/main" ];
  };

  testAWorkloadIsReplacedByForce = {
    expr = subjectsOf [
      (grant {
        workload = {
          repository = "adam/site";
          ref = "refs/heads/main";
        };
      })
      (grant { workload.ref = lib.mkForce "refs/heads/release"; })
    ];
    expected = [ "forgejo:repo:adam/site:ref:refs/heads/release" ];
  };

  testListsOfWorkloadsAreConcatenated = {
    expr = lib.length (subjectsOf [
      (grant {
        workload = [
          {
            repository = "adam/a";
            ref = "refs/heads/main";
          }
        ];
      })
      (grant {
        workload = [
          {
            repository = "adam/b";
            ref = "refs/heads/main";
          }
        ];
      })
    ]);
    expected = 2;
  };

  testUsersOfSeveralModulesAreConcatenated = {
    expr = lib.sort lib.lessThan (subjectsOf [
      (grant { user = "forgejo:repo:adam/a:pull_request"; })
      (grant { user = [ "forgejo:repo:adam/b:pull_request" ]; })
    ]);
    expected = [
      "forgejo:repo:adam/a:pull_request"
      "forgejo:repo:adam/b:pull_request"
    ];
  };

  testConflictingValuesAreRefused = {
    expr =
      (builtins.tryEval (refusals [
        master
        forgejo
        (oidc { issuers.forgejo.host = "git.example.org"; })
      ])).success;
    expected = false;
  };
}
