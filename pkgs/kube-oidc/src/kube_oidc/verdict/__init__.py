"""What kube-apiserver accepts: reads, decodes and validates an AuthenticationConfiguration, including CEL."""
