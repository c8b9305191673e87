"""Recognizes files that another program must render first, and names the command."""

from __future__ import annotations

import re
from typing import Final

MARKS: Final = (b"{{", b"${", b"{%", b"<%", b"%{")
"""What every template contains; for a quick look at a file."""
_MARK: Final = re.compile(
    r"\{\{[^{}\n]*\}\}"  # Go templates, Helm, Jinja
    r"|\{%[^\n]*?%\}|<%[^\n]*?%>"  # Jinja, ERB
    r"|(?<!\$)\$\{[A-Za-z_][^}\n]*\}|%\{ *(?:if|for|else|endif|endfor)\b"  # shell, Terraform, Nix, Flux
)
_COMMENT: Final = re.compile(r"^[ \t]*#.*$", re.M)
_HELM: Final = re.compile(r"\{\{-? *(?:include|tpl|toYaml|if|with|range|define|\.(?:Values|Release|Chart))\b")
_BY_SUFFIX: Final = {
    ".tf": "terraform plan -out=PLAN && terraform show -json PLAN | kube-oidc check -",
    ".tfvars": "terraform plan -out=PLAN && terraform show -json PLAN | kube-oidc check -",
    ".hcl": "terraform plan -out=PLAN && terraform show -json PLAN | kube-oidc check -",
    ".tftpl": "echo 'templatefile(\"FILE\", {…})' | terraform console",
    ".nix": "nix eval --raw .#ATTRIBUTE | kube-oidc check -",
    ".erb": "erb FILE | kube-oidc check -",
    ".j2": "ansible localhost -m ansible.builtin.template -a 'src=FILE dest=auth.yaml'",
    ".gotmpl": "gomplate -f FILE | kube-oidc check -",
}


def is_template(text: str) -> bool:
    """Whether anything outside comments is replaced by another program before the API server reads it."""
    return _MARK.search(_COMMENT.sub("", text)) is not None


def rendering_command(text: str, path: str) -> str:
    """The command that renders the file; FILE is replaced by its name."""
    suffix = "." + path.rpartition(".")[2] if "." in path else ""
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix].replace("FILE", path)
    if _HELM.search(text) or "/templates/" in f"/{path}":
        return "helm template RELEASE CHART | kube-oidc check -"
    if "<%" in text:
        return _BY_SUFFIX[".erb"].replace("FILE", path)
    if "{{" in text or "{%" in text:
        return _BY_SUFFIX[".j2"].replace("FILE", path)
    return f"envsubst < {path} | kube-oidc check -"
