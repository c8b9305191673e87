"""Searches for cases in which the two sides differ, and minimizes them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kube_oidc.verdict.versions import OLDEST
from recorded.verdicts import Agreement, Case, Comparison, compare

from differential.oracle import generate, signatures, signed, users
from differential.oracle.cases import CASES
from differential.oracle.expressions import FOLDER, Expression, ExpressionComparison, ask_expression
from differential.oracle.grammar import conditions, expressions
from differential.oracle.process import Reference
from differential.oracle.tokens import Explainer, Token, TokenComparison, all_tokens, ask_token
from differential.oracle.wide import wide_expressions

FOUND: Final = CASES / "found"
PAYLOAD: Final = (FOLDER / "payload.json").read_text(encoding="utf-8")
USER: Final = (FOLDER / "user.json").read_text(encoding="utf-8")
CLAIMS: Final = ("sub", "groups", "csv", "one", "half", "yes", "nested", "list", "mixed", "nothing")
CONFIGS: Final = sorted({token.config for token in all_tokens() if token.oldest == OLDEST})
Compared = Comparison | TokenComparison | ExpressionComparison | signed.SignedComparison


class DifferenceError(AssertionError):
    """The two sides differ."""


@dataclass(slots=True)
class Search:
    """One kind of case in one minor; skips the differences in `known`."""

    kind: str
    reference: Reference
    known: set[str] = field(default_factory=set)
    asked: int = 0
    undecided: int = 0

    def run(self, seed: int, examples: int) -> Compared | None:
        """The smallest difference among this many examples, or None; a seed always gives the same examples."""
        smallest: list[Compared] = []
        strategy, ask = KINDS[self.kind]
        explainer = Explainer(self.reference.minor)

        @hypothesis.seed(seed)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def both_sides_agree(value: Any) -> None:
            for comparison in ask(self.reference, explainer, value):
                self.asked += 1
                self.undecided += comparison.agreement is Agreement.UNDECIDED
                if comparison.agreement is Agreement.DIFFERENT and signature(comparison) not in self.known:
                    smallest[:] = [comparison]
                    raise DifferenceError

        try:
            both_sides_agree()
        except (DifferenceError, hypothesis.errors.Flaky, BaseExceptionGroup):
            if not smallest:
                raise
            self.known.add(signature(smallest[0]))
            return smallest[0]
        return None


def signature(comparison: Compared) -> str:
    """The kind of a difference: both sides' answers without their values."""
    words = re.sub(
        r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|\d+|\[[^\]]*\]", "_", f"{comparison.theirs} {comparison.ours}"
    )
    return "\n".join(line for line in words.splitlines() if not line.startswith((" | ", " |.")))[:400]


def save(comparison: Compared, folder: Path = FOUND) -> Path:
    """Saves the case in cases/found, named by its content; returns the file."""
    if isinstance(comparison, Comparison):
        return _write(folder, "configuration-{}.yaml", comparison.case.config)
    if isinstance(comparison, TokenComparison):
        return _write(folder, "{}.token.json", _json(_row(comparison.token)))
    if isinstance(comparison, signed.SignedComparison):
        return _write(folder, "{}.signed.json", _json(signed.row(comparison.signed)))
    return _write(folder, "{}.expression.json", _json(asdict(comparison.expression)))


def _row(token: Token) -> dict[str, Any]:
    config = token.config.decode()
    if isinstance(token.payload, str):
        return {"config": config, "payload": token.payload}
    try:
        return {"config": config, "payload": token.payload.decode()}
    except UnicodeDecodeError:
        return {"config": config, "payloadBase64": base64.b64encode(token.payload).decode()}


def _json(row: dict[str, Any]) -> bytes:
    return json.dumps(row, indent=1).encode() + b"\n"


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name.format(hashlib.sha256(data).hexdigest()[:12])
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _ask_configuration(reference: Reference, _: Explainer, config: bytes) -> Iterator[Compared]:
    yield compare(Case("generated", config), reference.minor, reference.validate(config))


def _ask_token(reference: Reference, explainer: Explainer, made: tuple[bytes, str]) -> Iterator[Compared]:
    yield from _ask_tokens(reference, explainer, (made[0], [made[1]]))


def _ask_tokens(
    reference: Reference, explainer: Explainer, made: tuple[bytes, Sequence[str | bytes]]
) -> Iterator[Compared]:
    for number, payload in enumerate(made[1], start=1):
        yield ask_token(reference, explainer, Token("generated", number, made[0], payload))


def _ask_signed(reference: Reference, _: Explainer, made: signed.Signed) -> Iterator[Compared]:
    yield signed.ask_signed(reference, made)


def _ask_expression(
    reference: Reference, _: Explainer, made: tuple[str, str, dict[str, Any]]
) -> Iterator[Compared]:
    text, scope, changed = made
    claims = json.dumps(json.loads(PAYLOAD) | changed) if changed else PAYLOAD
    expression = Expression(text, scope, claims if scope == "claims" else USER)
    yield ask_expression(reference, expression)


KINDS: Final[
    dict[str, tuple[st.SearchStrategy[Any], Callable[[Reference, Explainer, Any], Iterator[Compared]]]]
] = {
    "configurations": (generate.configurations(), _ask_configuration),
    "damaged files": (st.one_of(generate.damaged(), generate.broken_bytes()), _ask_configuration),
    "tokens": (st.tuples(st.sampled_from(CONFIGS), generate.payloads()), _ask_token),
    "signatures": (signatures.tokens(), _ask_signed),
    "users": (users.cases(), _ask_tokens),
    "expressions": (
        st.tuples(
            st.one_of(expressions(), conditions(), wide_expressions(), wide_expressions()),
            st.sampled_from(["claims", "claims", "user"]),
            st.dictionaries(st.sampled_from(CLAIMS), generate.json_values(), max_size=2),
        ),
        _ask_expression,
    ),
}
