# The derivation of the file: its command and flags. test_derivation.py runs it.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    k3s
    machine
    master
    oidc
    ;

  fileOf = modules: (machine modules).services.kube-oidc.configFile;

  # The arguments of the one `kube-oidc check` in the script.
  argumentsOf =
    modules:
    let
      line = lib.findFirst (lib.hasPrefix "kube-oidc check") "" (
        lib.splitString "\n" (fileOf modules).script
      );
      command = lib.head (lib.splitString " --format=nixos" line);
    in
    map (lib.replaceStrings [ "'" ] [ "" ]) (lib.drop 3 (lib.splitString " " command));

  stored = name: "/nix/store/00000000000000000000000000000000-${name}";

  onMaster = modules: [ master ] ++ modules;

  foreign = {
    _module.args.pkgs = lib.mkForce (
      let
        pkgs = import ./pkgs.nix { inherit lib; };
      in
      pkgs
      // {
        stdenv = pkgs.stdenv // {
          hostPlatform.system = "aarch64-linux";
        };
      }
    );
  };
in
{
  testFlagsOfTheApiServerArePassed = {
    expr = argumentsOf (onMaster [
      {
        services.kubernetes.apiserver = {
          serviceAccountIssuer = "https://sa.example.org";
          featureGates = {
            A = true;
            B = false;
          };
          extraOpts = "--anonymous-auth=true --feature-gates=C=true --egress-selector-config-file=${builtins.storeDir}/x/egress.yaml --anonymous-auth=false";
        };
      }
    ]);
    expected = [
      "--kubernetes-version=1.36"
      "--service-account-issuer=https://sa.example.org"
      "--feature-gates=A=true,B=false,C=true"
      "--anonymous-auth=false"
      "--egress-selector-config-file=${builtins.storeDir}/x/egress.yaml"
      "--option-map=${stored "options.json"}"
      "--apiserver=${(evaluate.package "1.36.3").outPath}/bin/kube-apiserver"
    ];
  };

  # Files outside the store don't exist in the build.
  testRuntimeEgressFileIsOmitted = {
    expr = lib.filter (lib.hasInfix "egress") (
      argumentsOf (onMaster [
        { services.kubernetes.apiserver.extraOpts = "--egress-selector-config-file=/run/egress.yaml"; }
      ])
    );
    expected = [ ];
  };

  testStatic = {
    expr = argumentsOf (onMaster [
      (oidc { checkConfig = "static"; })
    ]);
    expected = [
      "--kubernetes-version=1.36"
      "--service-account-issuer=https://kubernetes.default.svc"
      "--option-map=${stored "options.json"}"
    ];
  };

  testNoCheck = {
    expr =
      let
        made = fileOf (onMaster [
          forgejo
          (oidc { checkConfig = false; })
        ]);
      in
      {
        hasScript = made ? script;
        first = lib.head (lib.splitString "\n" made.config);
      };
    expected = {
      hasScript = false;
      first = "apiVersion: apiserver.config.k8s.io/v1";
    };
  };

  testCheckPackageIsUsed = {
    expr = lib.last (
      argumentsOf (onMaster [
        (oidc { checkPackage = evaluate.package "judge"; })
      ])
    );
    expected = "--apiserver=${(evaluate.package "judge").outPath}/bin/kube-apiserver";
  };

  # A machine that can't run the host's programs uses its own kube-oidc, with a warning.
  testForeignHost = {
    expr =
      let
        modules = onMaster [
          forgejo
          foreign
        ];
      in
      {
        asks = lib.any (lib.hasPrefix "--apiserver") (argumentsOf modules);
        says = lib.hasInfix "the build machine and the host have different platforms" (fileOf modules)
        .script;
        warnings = map (lib.hasInfix "services.kube-oidc.checkConfig") (machine modules).warnings;
      };
    expected = {
      asks = false;
      says = true;
      warnings = [ true ];
    };
  };

  testForeignHostWithStaticCheckIsNotWarned = {
    expr =
      (machine (onMaster [
        forgejo
        foreign
        (oidc { checkConfig = "static"; })
      ])).warnings;
    expected = [ ];
  };

  # k3s has no separate kube-apiserver: pkgs.kubernetes is used if it has the same minor version.
  testK3sOfAnotherMinor = {
    expr = {
      asks = lib.any (lib.hasPrefix "--apiserver") (argumentsOf [ k3s ]);
      says = lib.hasInfix "services.kube-oidc.checkPackage is null" (fileOf [ k3s ]).script;
    };
    expected = {
      asks = false;
      says = true;
    };
  };

  testK3sOfTheSameMinor = {
    expr = lib.last (argumentsOf [
      k3s
      { services.k3s.package = evaluate.package "1.36.2+k3s1"; }
    ]);
    expected = "--apiserver=/nix/store/00000000000000000000000000000000-kubernetes/bin/kube-apiserver";
  };

  testK3sServiceAccountIssuer = {
    expr = lib.elem "--service-account-issuer=https://kubernetes.default.svc.example.org" (argumentsOf [
      k3s
      { services.k3s.extraFlags = "--cluster-domain=example.org"; }
    ]);
    expected = true;
  };

  testAcknowledgedFindings = {
    expr =
      let
        modules = onMaster [
          (oidc { acknowledgedFindings."subject-form" = "our names stay"; })
        ];
      in
      {
        passed = lib.elem "--acknowledged=${stored "acknowledged.json"}" (argumentsOf modules);
        file = builtins.fromJSON (fileOf modules).acknowledged;
        refusals = evaluate.refusals modules;
      };
    expected = {
      passed = true;
      file."subject-form" = "our names stay";
      refusals = [ ];
    };
  };

  testUnknownAcknowledgementIsRefused = {
    expr = evaluate.refusals (onMaster [
      (oidc {
        acknowledgedFindings = {
          "system-group" = "a letter is missing";
          "nothing" = "no such word";
        };
      })
    ]);
    expected = [
      "services.kube-oidc.acknowledgedFindings.\"nothing\": no finding has this ID. Use one of: ${
        lib.concatStringsSep ", " (
          import ../../modules/finding-ids.nix { inherit lib; }
        )
      }, or remove it."
      "services.kube-oidc.acknowledgedFindings.\"system-group\": no finding has this ID. Use one of: ambiguous-group, system-groups, system-username, or remove it."
    ];
  };

  testFailOnFindingsFailsTheBuild = {
    expr = lib.elem "--strict" (argumentsOf (onMaster [
      (oidc { failOnFindings = true; })
    ]));
    expected = true;
  };

  testWithoutACheckNothingIsReported = {
    expr =
      let
        hasFindings =
          settings: (machine (onMaster [ (oidc settings) ])).system.activationScripts ? kube-oidc-findings;
      in
      map hasFindings [
        { }
        { checkConfig = false; }
      ];
    expected = [
      true
      false
    ];
  };
}
