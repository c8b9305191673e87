"""`python -m kube_oidc.verdict.schema`: writes the published schema next to this file."""

from pathlib import Path

from kube_oidc.verdict.schema import FILE_NAME, published

Path(__file__).with_name(FILE_NAME).write_text(published(), encoding="utf-8")
