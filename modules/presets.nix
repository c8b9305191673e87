# Pure data: the verbs that common tasks need, and no others; tests/eval/test_presets.py proves it with the real kubectl.
# `kube-oidc workflow` reads the same file.
builtins.fromJSON (builtins.readFile ../pkgs/kube-oidc/src/kube_oidc/rbac/presets.json)
