# The checker, and the checker as one file.
final: _: {
  kube-oidc = final.callPackage ./kube-oidc/package.nix { };

  kube-oidc-zipapp = final.callPackage ./kube-oidc/zipapp.nix { };
}
