# The documentation site: what `make site` builds, with nixpkgs' mkdocs-material.
{
  lib,
  runCommand,
  python3,
}:
let
  root = toString ../. + "/";
  contents = [
    "CHANGELOG.md"
    "CONTRIBUTING.md"
    "README.md"
    "RELEASING.md"
    "SECURITY.md"
    "docs"
    "examples"
    "pkgs"
    "site"
  ];
  source = lib.cleanSourceWith {
    name = "kube-oidc-site-source";
    src = lib.cleanSource ../.;
    filter =
      path: _:
      let
        parts = lib.splitString "/" (lib.removePrefix root path);
      in
      builtins.elem (builtins.head parts) contents
      && !(builtins.any (part: part == "__pycache__" || lib.hasSuffix ".egg-info" part) parts);
  };
  python = python3.withPackages (packages: [
    packages.mkdocs-material
    packages.pyyaml
  ]);
in
runCommand "kube-oidc-site" { meta.description = "The documentation of kube-oidc as a website"; } ''
  ${python}/bin/python ${source}/site/build.py "$out"
''
