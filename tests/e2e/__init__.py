"""The story on real processes: etcd, kube-apiserver, a controller manager, a scheduler, kwok, kubectl and an issuer."""
