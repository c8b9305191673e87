# legacyPackages.<system> for the flake's outputs: pkgs.nix, and what the packages, the demo and the shell use.
{ lib, system }:
let
  show =
    attributes:
    attributes
    // attributes.passthru or { }
    // {
      type = "derivation";
      outPath = "/nix/store/00000000000000000000000000000000-${attributes.pname or attributes.name}";
    };

  fix =
    overlays:
    let
      final = lib.foldl' (prev: overlay: prev // overlay final prev) base overlays;

      python = {
        buildPythonApplication = show;
        buildPythonPackage = show;
        callPackage = callPackageWith python;
        inherit lib;
        inherit (base) stdenv;
        python = {
          pythonVersion = "3.13";
          sitePackages = "lib/python3.13/site-packages";
        };
      }
      // lib.genAttrs [
        "argparse-manpage"
        "cryptography"
        "hypothesis"
        "jsonschema"
        "kubernetes"
        "pyjwt"
        "pytestCheckHook"
        "pyyaml"
        "setuptools"
        "shtab"
      ] (name: show { inherit name; });

      callPackageWith =
        scope: file: arguments:
        let
          function = import file;
        in
        function (
          builtins.intersectAttrs (builtins.functionArgs function) (scope // { inherit lib; }) // arguments
        );

      base =
        import ./pkgs.nix { inherit lib; }
        // {
          inherit lib;
          extend = overlay: fix (overlays ++ [ overlay ]);
          callPackage = callPackageWith final;
          python3Packages = python;
          python3 = show { name = "python3"; } // {
            withPackages =
              choose:
              show {
                name = "python3";
                packages = choose python;
              };
          };
          mkShell = attributes: show (attributes // { name = "shell"; });
          writeShellApplication = show;
          stdenv = rec {
            hostPlatform = {
              inherit system;
              isLinux = lib.hasSuffix "-linux" system;
              canExecute = other: other.system == system;
            };
            buildPlatform = hostPlatform;
          };
          testers.runNixOSTest = _: show { name = "vm-test"; };
          path = "/nixpkgs";
        }
        // lib.genAttrs [
          "actionlint"
          "curl"
          "etcd"
          "gnumake"
          "go"
          "jq"
          "kubectl"
          "kubernetes"
          "mypy"
          "nixfmt"
          "nixfmt-tree"
          "openssl"
          "ruff"
        ] (name: show { inherit name; });
    in
    final;
in
fix [ ]
