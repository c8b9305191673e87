# The packages' expressions with builders that show what they are given.
{ evaluate }:
let
  inherit (evaluate) lib;

  show = attributes: attributes;

  python = version: system: {
    inherit lib;
    stdenv = {
      hostPlatform = {
        inherit system;
        isLinux = lib.hasSuffix "-linux" system;
      };
      cc.cc.lib = "libstdc++";
    };
    autoPatchelfHook = "autoPatchelfHook";
    buildPythonPackage = show;
    fetchPypi = show;
    python.pythonVersion = version;
  };

  cel = version: system: import ../../pkgs/cel-expr-python/package.nix (python version system);

  # A platform that runs its own programs, and those of no other.
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
        protobuf = "protobuf";
        pyyaml = "pyyaml";
        cryptography = "cryptography";
        hypothesis = "hypothesis";
        pyjwt = "pyjwt";
        pytestCheckHook = "pytestCheckHook";
      };
      cel-expr-python = cel "3.13" "x86_64-linux";
    };

  checker = checkerFor "x86_64-linux";

  project = (lib.importTOML ../../pkgs/kube-oidc/pyproject.toml).project;

  versions = [
    "3.11"
    "3.12"
    "3.13"
    "3.14"
  ];
  systems = [
    "x86_64-linux"
    "aarch64-linux"
    "aarch64-darwin"
  ];

  wheels = lib.concatMap (version: map (cel version) systems) versions;
in
{
  testEveryWheelHasAHashOfItsOwn = {
    expr = lib.length (
      lib.unique (
        lib.filter (hash: builtins.match "sha256-[A-Za-z0-9+/]{43}=" hash != null) (
          map (package: package.src.hash) wheels
        )
      )
    );
    expected = 12;
  };

  testWheelOfThisKind = {
    expr = removeAttrs (cel "3.13" "aarch64-linux").src [ "hash" ];
    expected = {
      pname = "cel_expr_python";
      version = "0.1.3";
      format = "wheel";
      dist = "cp313";
      python = "cp313";
      abi = "cp313";
      platform = "manylinux_2_26_aarch64.manylinux_2_28_aarch64";
    };
  };

  testLinuxWheelsArePatched = {
    expr = map (system: (cel "3.13" system).nativeBuildInputs) systems;
    expected = [
      [ "autoPatchelfHook" ]
      [ "autoPatchelfHook" ]
      [ ]
    ];
  };

  testNoWheelIsSaid = {
    expr = (builtins.tryEval (cel "3.10" "x86_64-linux").src.hash).success;
    expected = false;
  };

  testCheckerIsWhatPyprojectSays = {
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

  # Every dependency of pyproject.toml is in the package, and nothing else.
  testCheckerHasEveryDependency = {
    expr = lib.sort lib.lessThan (
      map (dependency: lib.toLower (dependency.pname or dependency)) checker.dependencies
    );
    expected = lib.sort lib.lessThan (
      map (text: lib.toLower (lib.head (builtins.match "([A-Za-z-]+).*" text))) project.dependencies
    );
  };

  testCheckerMakesItsCompletionsAndManPage = {
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

  # The program itself makes them, so it has to run where it is built.
  testACrossBuiltCheckerHasNone = {
    expr = (checkerFor "aarch64-linux").postInstall;
    expected = "";
  };

  testZipappIsTheSameProgram = {
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
