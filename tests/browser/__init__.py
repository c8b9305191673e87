"""The pages that kube-oidc makes, in a real browser."""
