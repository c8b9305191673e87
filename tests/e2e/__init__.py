"""The story on real processes: a whole control plane, an issuer, and the jobs of a CI runner."""
