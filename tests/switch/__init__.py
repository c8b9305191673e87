"""The module's units under a real systemd, with a real etcd and kube-apiserver; needs root, Linux and systemd."""
