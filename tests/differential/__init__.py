"""The checker against Kubernetes' own Go packages."""
