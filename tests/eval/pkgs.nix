# The parts of pkgs that the module uses; derivations return their arguments.
{ lib }:
let
  platform = {
    system = "x86_64-linux";
    canExecute = other: other.system == "x86_64-linux";
  };
  derivation =
    name: attributes:
    attributes
    // {
      inherit name;
      type = "derivation";
      outPath = "/nix/store/00000000000000000000000000000000-${name}";
    };
  pkgs = {
    stdenv = {
      buildPlatform = platform;
      hostPlatform = platform;
    };
    runCommand =
      name: attributes: script:
      derivation name (
        attributes
        // attributes.passthru or { }
        // {
          inherit script;
        }
        // lib.genAttrs (attributes.outputs or [ ]) (output: derivation "${name}-${output}" { })
      );
    writeText = name: text: derivation name { config = text; };
    callPackage = file: _: derivation (baseNameOf (dirOf file)) { };
    kubernetes = derivation "kubernetes" { version = "1.36.3"; };
    kubectl = derivation "kubectl" { version = "1.36.3"; };
    buildPackages = pkgs;

    # Only for the VM tests.
    writers.writePython3Bin =
      name: _: text:
      derivation name { config = text; };
    python3.withPackages = _: derivation "python3" { };
    python3Packages = lib.genAttrs [
      "cryptography"
      "pyjwt"
    ] (name: derivation name { });
    inherit
      (lib.genAttrs [
        "bash"
        "coreutils"
        "curl"
        "forgejo"
        "forgejo-runner"
        "git"
        "jq"
        "openssl"
      ] (name: derivation name { }))
      bash
      coreutils
      curl
      forgejo
      forgejo-runner
      git
      jq
      openssl
      ;
  };
in
pkgs
