"""Go's own behaviour where kube-apiserver's verdict depends on it: quoting, URLs, PEM."""
