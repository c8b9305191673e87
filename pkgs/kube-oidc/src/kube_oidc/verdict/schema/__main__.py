"""`python -m kube_oidc.verdict.schema`: writes the published schemas anew, beside this file."""

from pathlib import Path

from kube_oidc.verdict.schema import published

for name, text in published().items():
    Path(__file__).with_name(name).write_text(text, encoding="utf-8")
