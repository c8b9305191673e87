# services.rke2: the API server is a static pod, which sees of this machine only what is mounted into it.
#
# The folder is mounted, so that a file renamed over the old one is seen: rke2 mounts a file that a flag names by
# itself, and such a mount keeps the old file. Hence a path in the pod that is none on the machine.
#
# The pod outlives a restart of rke2 as long as its manifest stays the same, so whatever must restart it is in there:
# an environment variable that the API server does not know (docs/decisions/rke2-mount.md).
{ lib, ... }:
let
  inPod = "/kube-oidc";
  digest = value: lib.substring 0 12 (builtins.hashString "sha256" (builtins.toJSON value));
in
{
  imports = [
    (import ./rancher.nix { inherit lib; } {
      name = "rke2";
      unit = "rke2-server";
      path = "${inPod}/auth.yaml";
      extraFlags =
        anonymous:
        [ "--kube-apiserver-extra-mount=/etc/kube-oidc:${inPod}:ro" ]
        ++ lib.optional (
          anonymous != null
        ) "--kube-apiserver-extra-env=KUBE_OIDC_ANONYMOUS=${digest anonymous}";
      configKeys = [
        "kube-apiserver-arg"
        "kube-apiserver-extra-mount"
        "kube-apiserver-extra-env"
      ];
      logFiles = "/var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log";
    })
  ];
}
