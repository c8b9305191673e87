"""Kubernetes Secrets: the file is an entry of `data`, in base64, or of `stringData`."""

from kube_oidc.inputs.wrapper import Wrapper, of_kind

WRAPPER = Wrapper(
    name="a Secret",
    recognizes=of_kind("Secret"),
    hint="check a Secret with the file below `data` (in base64) or `stringData`",
)
