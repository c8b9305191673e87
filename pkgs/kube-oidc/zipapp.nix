# The whole program as one file that needs Python alone: what a CI job starts (`token`, `kubeconfig`, `workflow`).
{
  lib,
  runCommand,
  python3,
}:
let
  project = (lib.importTOML ./pyproject.toml).project;
in
runCommand "${project.name}-zipapp-${project.version}"
  {
    nativeBuildInputs = [ python3 ];
    meta = {
      inherit (project) description;
      license = lib.licenses.mit;
      mainProgram = "kube-oidc.pyz";
    };
  }
  # Its first line stays `/usr/bin/env python3`: the file is for other machines.
  ''
    python3 ${lib.cleanSource ./.}/build_zipapp.py "$out/bin/kube-oidc.pyz"
  ''
