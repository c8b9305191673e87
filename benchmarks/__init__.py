"""How fast is the checker beside kube-apiserver itself? Measured, never asserted."""
