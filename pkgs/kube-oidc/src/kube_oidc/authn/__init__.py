"""From claims to the user, or the reason for the refusal, in the order of kube-apiserver; token signatures."""
