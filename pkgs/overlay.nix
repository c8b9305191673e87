# The checker, the checker as one file, and the documentation site.
final: _: {
  kube-oidc = final.callPackage ./kube-oidc/package.nix { };

  kube-oidc-zipapp = final.callPackage ./kube-oidc/zipapp.nix { };

  kube-oidc-site = final.callPackage ./site.nix { };
}
