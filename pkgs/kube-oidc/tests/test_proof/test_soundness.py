"""No token of an issuer's model does what was proved that none does."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kube_oidc.rules
import pytest
from kube_oidc.model import JWTAuthenticator
from kube_oidc.proof import solver
from kube_oidc.proof.candidates import constants
from kube_oidc.proof.completion import completed
from kube_oidc.proof.entry import compiled, expressions
from kube_oidc.proof.question import Proved, Question, Subject, ask
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

pytestmark = pytest.mark.skipif(not solver.is_available(), reason="cvc5 is not installed: nothing is proved")
FILES = sorted(Path(kube_oidc.rules.__file__).parent.glob("*/good.yaml"))
QUESTIONS = [
    Question(),
    Question(user=('user.groups.exists(g, g.startsWith("system:"))',)),
    Question(user=('user.username.startsWith("system:")',)),
    Question(claims=('claims.?repository_owner.orValue("x") == "mallory"',)),
    Question(claims=('claims.?ref.orValue("x").startsWith("refs/tags/")',)),
    Question(claims=('claims.?event_name.orValue("x").startsWith("pull_request")',)),
    Question(claims=("claims.?email_verified.orValue(true) != true",)),
]
WORDS = [
    "",
    "x",
    "mallory",
    "999",
    "system:masters",
    "refs/tags/v1",
    "refs/heads/main",
    "pull_request",
    "false",
]


def entries(files: list[Path]) -> Iterator[JWTAuthenticator]:
    for file in files:
        configuration = check(file.read_bytes(), Context(DEFAULT)).configuration
        yield from configuration.jwt if configuration is not None else ()


def tokens(subject: Subject, texts: list[str], count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Tokens that the issuer can sign: the sample with a few claims changed, and what follows from them."""
    rng = random.Random(seed)
    names = [*subject.tokens.claims, *subject.sample, "nickname", "roles"]
    words = [*WORDS, *texts, *(f"{text}x" for text in texts), *(f"x{text}" for text in texts)]
    made = 0
    for _ in range(count * 20):
        claims = dict(subject.sample)
        changed = set(rng.sample(sorted(set(names) - {"iss", "aud", "exp"}), rng.randint(1, 4)))
        for name in changed:
            word = rng.choice(words)
            claims[name] = rng.choice(
                [word, word, word, [word], [word, rng.choice(words)], True, False, None]
            )
            if rng.random() < 0.15:
                del claims[name]
        claims = completed(
            subject.tokens, claims, changed - {each.claim for each in subject.tokens.relations}, claims
        )
        if not any(subject.tokens.differences(claims)):
            made += 1
            yield claims
        if made == count:
            return


def proved(files: list[Path]) -> Iterator[tuple[Subject, Question, list[str]]]:
    for entry in entries(files):
        subject = Subject(entry, DEFAULT)
        trees = [compiled(text, scope, DEFAULT).tree for text, scope in expressions(entry)]
        for question in QUESTIONS:
            if ask(subject, question) == Proved():
                yield subject, question, constants(trees)


def violations(files: list[Path], count: int) -> tuple[int, list[dict[str, Any]]]:
    """How many proofs were tried, and the tokens that contradict one."""
    proofs, wrong = 0, []
    for seed, (subject, question, texts) in enumerate(proved(files)):
        proofs += 1
        for claims in tokens(subject, texts, count, seed):
            user = subject.user(claims)
            if user is not None and subject.satisfies(question, claims, user):
                wrong.append(claims)
    return proofs, wrong


def test_a_few_tokens_contradict_no_proof() -> None:
    proofs, wrong = violations(FILES[:2], 60)
    assert wrong == []
    assert proofs > 0


@pytest.mark.slow
def test_many_tokens_contradict_no_proof() -> None:
    """SOUNDNESS=5000 tries that many tokens for each proof, which takes most of an hour."""
    proofs, wrong = violations(FILES, int(os.environ.get("SOUNDNESS", "50")))
    assert wrong == []
    assert proofs > 40
