# services.rke2: the API server is a static pod, which sees of this machine only what is mounted into it.
#
# The folder is mounted, so that a file renamed over the old one is seen: rke2 mounts a file that a flag names by
# itself, and such a mount keeps the old file. Hence a path in the pod that is none on the machine.
{ config, lib, ... }:
let
  cfg = config.services.kube-oidc;
  inPod = "/kube-oidc";
in
{
  imports = [
    (import ./rancher.nix { inherit lib; } {
      name = "rke2";
      unit = "rke2-server";
      path = "${inPod}/auth.yaml";
      extraFlags = [ "--kube-apiserver-extra-mount=/etc/kube-oidc:${inPod}:ro" ];
      logFiles = "/var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log";
    })
  ];
}
