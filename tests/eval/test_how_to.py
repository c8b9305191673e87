"""Every Nix block of the how-tos and the README that sets `services.kube-oidc` is accepted by the module."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs/how-to").glob("*.md"))]
BLOCK: Final = re.compile(r"^```nix\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DISTRIBUTION: Final = re.compile(r"services\.(kubernetes|k3s|rke2)\b|distribution = ")
DISTRIBUTIONS: Final = {
    "kubernetes": "services.kubernetes =",
    "k3s": "services.k3s =",
    "rke2": "services.rke2.enable",
    "file": 'distribution = "file"',
}


def blocks() -> Iterator[tuple[str, str]]:
    """`page:line` and the text of every block that sets our options."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            if "services.kube-oidc" in found[1]:
                yield f"{page.name}:{text.count(chr(10), 0, found.start()) + 1}", found[1]


def module(fragment: str) -> str:
    """The fragment as a NixOS module: in braces if it has none, on k3s if it names no distribution."""
    body = fragment if re.match(r"(\s|#.*\n)*\{", fragment) else f"{{\n{fragment}}}\n"
    if DISTRIBUTION.search(fragment):
        return body
    return f"{{ imports = [ (\n{body}) ]; services.k3s.enable = true; }}\n"


BLOCKS: Final = list(blocks())
PROVIDERS: Final = sorted({name for _, text in BLOCKS for name in re.findall(r'provider = "([^"]+)";', text)})


def made_of(fragment: str, nix: Callable[..., CompletedProcess[str]], folder: Path) -> dict[str, Any]:
    """The module's results for a block: the two files' texts and the failed assertions."""
    file = folder / "configuration.nix"
    file.write_text(module(fragment), encoding="utf-8")
    answer = nix(
        "nix-instantiate", "--eval", "--strict", "--json",
        str(ROOT / "tests/eval/rendered.nix"), "--arg", "example", str(file),
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    made: dict[str, Any] = json.loads(answer.stdout)
    return made


@pytest.mark.parametrize("fragment", [text for _, text in BLOCKS], ids=[place for place, _ in BLOCKS])
def test_block_is_accepted(fragment: str, nix: Callable[..., CompletedProcess[str]], tmp_path: Path) -> None:
    made = made_of(fragment, nix, tmp_path)
    assert made["refusals"] == []
    assert "kind: AuthenticationConfiguration" in made["auth.yaml"]


def test_refused_block_is_detected(nix: Callable[..., CompletedProcess[str]], tmp_path: Path) -> None:
    pinned = next(text for _, text in BLOCKS if 'provider = "google";' in text)
    made = made_of(pinned.replace('trust.owners = [ "example.org" ];', ""), nix, tmp_path)
    assert any("services.kube-oidc.issuers.google" in message for message in made["refusals"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_first_block_of_a_provider_matches_its_example(
    provider: str, nix: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    block = next(text for _, text in BLOCKS if f'provider = "{provider}";' in text)
    made = made_of(block, nix, tmp_path)
    example = ROOT / "examples" / provider
    # `anonymous` depends on the distribution, which blocks don't set.
    assert issuers(made["auth.yaml"]) == issuers((example / "auth.yaml").read_text(encoding="utf-8"))
    assert made["rbac.yaml"] == (example / "rbac.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_every_distribution_has_a_block(distribution: str) -> None:
    page = [text for place, text in BLOCKS if place.startswith("distributions.md:")]
    assert any(DISTRIBUTIONS[distribution] in text for text in page)


def test_readme_example_has_ten_lines() -> None:
    [text] = [text for place, text in BLOCKS if place.startswith("README.md:")]
    lines = text.splitlines()
    assert len(lines) == 10
    assert max(map(len, lines)) < 100


@pytest.mark.parametrize(
    ("issuer", "url"),
    {
        "residency": "https://token.actions.octocorp.ghe.com",
        "enterprise": "https://token.actions.githubusercontent.com/octo-enterprise",
    }.items(),
)
def test_github_issuers_match_the_page(
    issuer: str, url: str, nix: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    block = next(text for _, text in BLOCKS if f"issuers.{issuer} = " in text)
    assert f"url: {url}\n" in made_of(block, nix, tmp_path)["auth.yaml"]


def issuers(text: str) -> str:
    """The file from `jwt` on."""
    return text[text.index("jwt:\n") :]
