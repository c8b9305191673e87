# Pure: the kube-apiserver that validates the file of a distribution without a separate one, or null.
{ lib }:
let
  versions = import ../kubernetes-versions.nix { inherit lib; };
in
pkgs: kubernetesVersion:
if versions.minor (pkgs.kubernetes.version or "0.0") == kubernetesVersion then
  pkgs.kubernetes
else
  null
