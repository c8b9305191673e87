# What `make check` needs, from nixpkgs.
{ pkgs }:
pkgs.mkShell {
  packages = [
    (pkgs.python3.withPackages (
      python: with python; [
        cryptography
        hypothesis
        jsonschema
        kubernetes
        pip
        pyjwt
        pytest
        pyyaml
      ]
    ))
    pkgs.actionlint
    pkgs.curl
    pkgs.etcd
    pkgs.gnumake
    pkgs.go
    pkgs.jq
    pkgs.kubectl
    pkgs.mypy
    pkgs.nixfmt
    pkgs.openssl
    pkgs.ruff
  ];
}
