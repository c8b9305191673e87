"""Kubernetes ConfigMaps: the file is an entry of `data`."""

from kube_oidc.inputs.wrapper import Wrapper, of_kind

WRAPPER = Wrapper(
    name="a ConfigMap",
    recognizes=of_kind("ConfigMap"),
    hint="check a ConfigMap with the file below its `data` key: kubectl create configmap NAME --from-file=auth.yaml",
)
