"""What runs in or is written for CI jobs: ID tokens, kubeconfigs, workflows."""
