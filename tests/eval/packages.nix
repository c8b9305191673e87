# The packages' expressions, with builders that return their arguments.
{ evaluate }:
let
  inherit (evaluate) lib;

  show = attributes: attributes;

  # A platform that runs only its own programs.
  platform = system: {
    inherit system;
    canExecute = other: other.system == system;
  };

  checkerFor =
    host:
    import ../../pkgs/kube-oidc/package.nix {
      inherit lib;
      stdenv = {
        buildPlatform = platform "x86_64-linux";
        hostPlatform = platform host;
      };
      python3Packages = {
        buildPythonApplication = show;
        python.sitePackages = "lib/python3.13/site-packages";
        argparse-manpage = "argparse-manpage";
        shtab = "shtab";
        setuptools = "setuptools";
        jsonschema = "jsonschema";
        kubernetes = "kubernetes";
        pyyaml = "pyyaml";
        cryptography = "cryptography";
        hypothesis = "hypothesis";
        pyjwt = "pyjwt";
        pytestCheckHook = "pytestCheckHook";
      };
    };

  checker = checkerFor "x86_64-linux";

  project = (lib.importTOML ../../pkgs/kube-oidc/pyproject.toml).project;
in
{
  testCheckerMatchesPyproject = {
    expr = {
      inherit (checker) pname version pyproject;
      inherit (checker.meta) description mainProgram;
    };
    expected = {
      pname = project.name;
      inherit (project) version description;
      pyproject = true;
      mainProgram = "kube-oidc";
    };
  };

  # Every dependency of pyproject.toml is in the package, with what asks clusters, and nothing else.
  testCheckerHasEveryDependency = {
    expr = lib.sort lib.lessThan (map lib.toLower checker.dependencies);
    expected = lib.sort lib.lessThan (
      map (text: lib.toLower (lib.head (builtins.match "([A-Za-z-]+).*" text))) (
        project.dependencies ++ project.optional-dependencies.cluster
      )
    );
  };

  testCheckerHasCompletionsAndManPage = {
    expr = {
      inherit (checker) nativeBuildInputs postPatch;
      makes = lib.hasInfix "./build-share \"$out/share\" ${project.version}" checker.postInstall;
    };
    expected = {
      nativeBuildInputs = [
        "argparse-manpage"
        "shtab"
      ];
      postPatch = "patchShebangs build-share build_zipapp.py";
      makes = true;
    };
  };

  # The program generates them, so it must run on the build machine.
  testCrossBuiltCheckerHasNoCompletions = {
    expr = (checkerFor "aarch64-linux").postInstall;
    expected = "";
  };

  testZipappHasTheSameSource = {
    expr =
      let
        zipapp = import ../../pkgs/kube-oidc/zipapp.nix {
          inherit lib;
          python3 = "python3";
          runCommand =
            name: attributes: script:
            attributes // { inherit name script; };
        };
      in
      {
        inherit (zipapp) name nativeBuildInputs;
        inherit (zipapp.meta) description mainProgram;
      };
    expected = {
      name = "kube-oidc-zipapp-${project.version}";
      nativeBuildInputs = [ "python3" ];
      inherit (project) description;
      mainProgram = "kube-oidc.pyz";
    };
  };
}
