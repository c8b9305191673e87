# The VM tests, evaluated without NixOS: their machines' configuration passes all assertions, in every specialisation.
{ evaluate }:
let
  inherit (evaluate) lib;
  inherit (lib) mkOption types;
  pkgs = import ./pkgs.nix { inherit lib; };

  # The parts of the test framework that they use: of a release with containers, or without.
  testWith =
    hasContainers: name:
    let
      machines = mkOption {
        type = types.lazyAttrsOf types.deferredModule;
        default = { };
      };
      address.issuer.networking.primaryIPAddress = "192.168.1.1";
      framework = {
        options = {
          name = mkOption { type = types.str; };
          testScript = mkOption { type = types.str; };
          nodes =
            machines // lib.optionalAttrs (!hasContainers) { apply = nodes: nodes // address; };
        }
        // lib.optionalAttrs hasContainers {
          containers = machines;
          allMachines = mkOption { default = address; };
        };
        config._module.args = {
          inherit pkgs;
          self.nixosModules.default = ../../modules;
        };
      };
    in
    (lib.evalModules {
      modules = [
        framework
        (../vm + "/${name}.nix")
      ];
    }).config;

  test = testWith true;
  machineOf = test: (test.containers or { } // test.nodes).machine;

  # A machine as the module sees it; options that the stubs don't declare are ignored.
  machineWith =
    name: modules:
    (lib.evalModules {
      modules = [
        ./stubs.nix
        (machineOf (test name))
        (lib.optionalAttrs (name == "kubernetes") evaluate.master)
        {
          options.specialisation = mkOption {
            type = types.attrsOf (
              types.submodule { options.configuration = mkOption { type = types.deferredModule; }; }
            );
            default = { };
          };
          config._module = {
            check = false;
            args.pkgs = pkgs;
          };
        }
      ]
      ++ modules;
    }).config;

  specialisationsOf =
    name: lib.mapAttrsToList (_: entry: entry.configuration) (machineWith name [ ]).specialisation;

  refusalsOf =
    name:
    lib.concatMap (
      module:
      map (item: item.message) (
        lib.filter (item: !item.assertion) (machineWith name [ module ]).assertions
      )
    ) ([ { } ] ++ specialisationsOf name);

  names = [
    "forgejo"
    "k3s"
    "kubernetes"
  ];
in
{
  testEveryTestIsListed = {
    expr = lib.filter (name: name != "fixtures") (
      map (lib.removeSuffix ".nix") (builtins.attrNames (builtins.readDir ../vm))
    );
    expected = names;
  };

  testNoAssertionFails = {
    expr = lib.concatMap refusalsOf names;
    expected = [ ];
  };

  testNoWarning = {
    expr = lib.concatMap (name: (machineWith name [ ]).warnings) names;
    expected = [ ];
  };

  testTheRunnerUsesTheOptionsOfTheRelease = {
    expr =
      map
        (
          modules:
          let
            inherit (machineWith "forgejo" modules) services;
          in
          builtins.attrNames (services.forgejo-runner.instances or { })
          ++ builtins.attrNames (services.gitea-actions-runner.instances or { })
        )
        (
          map (option: [ { options.services.${option}.instances = mkOption { type = types.attrs; }; } ]) [
            "forgejo-runner"
            "gitea-actions-runner"
          ]
        );
    expected = [
      [ "native" ]
      [ "native" ]
    ];
  };

  # Only the trust changes, or the API server would restart.
  testTheSpecialisationIsAReload = {
    expr =
      let
        unit =
          modules:
          let
            machine = machineWith "kubernetes" modules;
          in
          {
            inherit (machine.services.kubernetes.apiserver) extraOpts;
            inherit (machine.systemd.services) kube-apiserver;
            inherit (machine.services.kube-oidc.configFile) config;
          };
        before = unit [ ];
        after = unit (specialisationsOf "kubernetes");
      in
      {
        unit = before // { config = ""; } == after // { config = ""; };
        file = before.config == after.config;
      };
    expected = {
      unit = true;
      file = false;
    };
  };

  testK3sIsAContainerIfTheReleaseHasThem = {
    expr =
      map
        (hasContainers: {
          containers = builtins.attrNames ((testWith hasContainers "k3s").containers or { });
          nodes = lib.remove "issuer" (builtins.attrNames (testWith hasContainers "k3s").nodes);
        })
        [
          true
          false
        ];
    expected = [
      {
        containers = [
          "issuer"
          "machine"
        ];
        nodes = [ ];
      }
      {
        containers = [ ];
        nodes = [ "machine" ];
      }
    ];
  };

  testNames = {
    expr = map (name: (test name).name) names;
    expected = map (name: "kube-oidc-${name}") names;
  };
}
