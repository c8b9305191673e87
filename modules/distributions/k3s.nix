# services.k3s: one process that sees the whole machine.
{ lib, ... }:
{
  imports = [
    (import ./rancher.nix { inherit lib; } {
      name = "k3s";
      unit = "k3s";
      path = "/etc/kube-oidc/auth.yaml";
    })
  ];
}
