# The story on real processes (`make demo`), with the programs of nixpkgs; what nixpkgs has in another version is built
# from its Go module, as `make demo` does.
{ pkgs, source }:
pkgs.writeShellApplication {
  name = "kube-oidc-demo";

  runtimeInputs = [
    (pkgs.python3.withPackages (python: [
      python.cryptography
      python.jsonschema
      python.kubernetes
      python.pyjwt
      python.pyyaml
    ]))
    pkgs.actionlint
    pkgs.curl
    pkgs.etcd
    pkgs.go
    pkgs.jq
    pkgs.kube-oidc
    pkgs.kubectl
    pkgs.kubernetes
    pkgs.openssl
  ];

  text = ''
    export PYTHONPATH=${source}/tests:${source}/pkgs/kube-oidc/src PYTHONDONTWRITEBYTECODE=1
    exec python -m e2e.demo "$@"
  '';

  meta.description = "A CI job deploys to a Kubernetes cluster without a stored credential, on real processes";
}
