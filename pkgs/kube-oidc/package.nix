# The program, with completions and a man page. The check phase runs the fast tests, passthru.tests the slow ones.
{
  lib,
  stdenv,
  python3Packages,
  # The solver behind proofs about all tokens, as a program.
  cvc5 ? null,
  # For passthru only: the build does without them.
  nix-update-script ? null,
  testers ? null,
}:
let
  project = (lib.importTOML ./pyproject.toml).project;

  # Neither Nix files, which would rebuild the program for a changed comment, nor what tools leave behind.
  isSource =
    path: _:
    let
      name = baseNameOf path;
    in
    !(lib.hasSuffix ".nix" name || lib.hasSuffix ".egg-info" name)
    && !(builtins.elem name [
      "__pycache__"
      "build"
      "constraints.txt"
      "from_root.py"
    ]);

  kube-oidc = python3Packages.buildPythonApplication {
    pname = project.name;
    inherit (project) version;
    pyproject = true;

    src = lib.cleanSourceWith {
      src = lib.cleanSource ./.;
      filter = isSource;
    };

    build-system = [ python3Packages.setuptools ];

    dependencies = [
      python3Packages.cryptography
      python3Packages.jsonschema
      python3Packages.kubernetes
      python3Packages.pyyaml
    ];

    makeWrapperArgs = lib.optionals (cvc5 != null) [
      "--suffix"
      "PATH"
      ":"
      (lib.makeBinPath [ cvc5 ])
    ];

    # The builder has no /usr/bin/env.
    postPatch = "patchShebangs build-share build_zipapp.py";

    nativeBuildInputs = [
      python3Packages.argparse-manpage
      python3Packages.shtab
    ];

    # Completions and the man page, made by the program that was just installed.
    postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
      PATH="$out/bin:$PATH" PYTHONPATH="$out/${python3Packages.python.sitePackages}:''${PYTHONPATH-}" \
        ./build-share "$out/share" ${lib.escapeShellArg project.version}
    '';

    # Some tests start the program by its name.
    preCheck = ''export PATH="$out/bin:$PATH"'';

    nativeCheckInputs = [
      python3Packages.hypothesis
      python3Packages.pyjwt
      python3Packages.pytestCheckHook
    ];

    pytestFlags = [
      "-c"
      "pyproject.toml"
    ];
    enabledTestPaths = [ "tests" ];

    pythonImportsCheck = [ "kube_oidc" ];

    passthru = {
      tests = {
        version = testers.testVersion { package = kube-oidc; };
        slow = kube-oidc.overridePythonAttrs (old: {
          pname = "${old.pname}-slow-tests";
          pytestFlags = old.pytestFlags ++ [
            "-m"
            "slow"
          ];
        });
      };
      updateScript = nix-update-script { };
    };

    meta = {
      inherit (project) description;
      license = lib.licenses.mit;
      mainProgram = "kube-oidc";
      maintainers = [ { name = "the kube-oidc authors"; } ];
      platforms = lib.platforms.unix;
    }
    // lib.optionalAttrs (project ? urls) {
      homepage = project.urls.Homepage;
      changelog = project.urls.Changelog;
    };
  };
in
kube-oidc
