"""Pods, such as the static Pod of kube-apiserver: the file is mounted into it."""

from kube_oidc.inputs.wrapper import Wrapper, of_kind

WRAPPER = Wrapper(
    name="a Pod",
    recognizes=of_kind("Pod"),
    hint="check the file that --authentication-config names",
    tool="pod",
)
