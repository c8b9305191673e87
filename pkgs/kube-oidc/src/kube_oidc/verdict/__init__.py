"""What kube-apiserver accepts: reading, decoding and validating an AuthenticationConfiguration, CEL included."""
