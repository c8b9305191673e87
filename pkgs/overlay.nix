# cel-expr-python for every Python, the checker, and the checker as one file.
final: prev: {
  pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
    (python: _: {
      cel-expr-python = python.callPackage ./cel-expr-python/package.nix { };
    })
  ];

  kube-oidc = final.callPackage ./kube-oidc/package.nix {
    inherit (final.python3Packages) cel-expr-python;
  };

  kube-oidc-zipapp = final.callPackage ./kube-oidc/zipapp.nix { };
}
