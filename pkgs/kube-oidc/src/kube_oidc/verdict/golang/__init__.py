"""Behavior of Go's standard library on which kube-apiserver's verdict depends: quoting, URLs, PEM, …"""
