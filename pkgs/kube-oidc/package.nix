# The checker; its unit tests run in the check phase.
{
  lib,
  stdenv,
  python3Packages,
}:
let
  project = (lib.importTOML ./pyproject.toml).project;
in
python3Packages.buildPythonApplication {
  pname = project.name;
  inherit (project) version;
  pyproject = true;

  src = lib.cleanSource ./.;

  build-system = [ python3Packages.setuptools ];

  dependencies = [
    python3Packages.cryptography
    python3Packages.jsonschema
    python3Packages.kubernetes
    python3Packages.pyyaml
  ];

  # The two scripts are run where there is no /usr/bin/env.
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

  meta = {
    inherit (project) description;
    license = lib.licenses.mit;
    mainProgram = "kube-oidc";
    platforms = lib.platforms.unix;
  };
}
