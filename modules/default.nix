# services.kube-oidc
{
  imports = [
    ./options.nix
    ./assertions.nix
    ./validated-config.nix
    ./units.nix
    ./alerts.nix
    ./distributions/kubernetes.nix
    ./distributions/k3s.nix
    ./distributions/rke2.nix
    ./distributions/file.nix
  ];
}
