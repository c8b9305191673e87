# Pure: the kube-apiserver that judges a file for a distribution which brings none of its own, or null.
{ lib }:
let
  versions = import ../kubernetes-versions.nix { inherit lib; };
in
pkgs: kubernetesVersion:
if versions.minor (pkgs.kubernetes.version or "0.0") == kubernetesVersion then
  pkgs.kubernetes
else
  null
