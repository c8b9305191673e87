"""CEL as kube-apiserver compiles and evaluates it in an AuthenticationConfiguration."""
