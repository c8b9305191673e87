"""Comments of YAML: never inside a scalar."""

from __future__ import annotations

import pytest
from kube_oidc.verdict.document.comments import comments

HASH = "# x"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("# x", [(1, 1)]),
        ("a: b # x\n  # x\n", [(1, 6), (2, 3)]),
        ("a: b# x\n", []),
        ("a: | # x\n  b\n  # x\n# x\n", [(1, 6), (4, 1)]),
        ("a: >\n  # x\n", []),
        ("a: 'b # x'\n", []),
        ('a: "b\n  # x\n  c" # x\n', [(3, 6)]),
        ("[a, # x\nb] # x", [(1, 5), (2, 4)]),
        ("a: b\n---\nc: d # x\n", [(3, 6)]),
        ("# x\na: [\n", [(1, 1)]),
    ],
)
def test_comments_have_their_place(text: str, places: list[tuple[int, int]]) -> None:
    found = list(comments(text.encode()))
    assert [tuple(comment.location) for comment in found] == places
    assert {comment.text for comment in found} <= {HASH}
