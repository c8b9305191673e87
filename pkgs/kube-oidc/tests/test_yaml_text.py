"""The YAML that is written for people reads back as what it was."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from kube_oidc.serialize.yaml import dumps

PEM = "-----BEGIN CERTIFICATE-----\nMIIBAuthority\n-----END CERTIFICATE-----\n"


scalars = st.none() | st.booleans() | st.integers() | st.text()


values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.dictionaries(st.text(), values) | st.lists(values))
def test_whatever_is_written_reads_back_the_same(value):
    assert yaml.safe_load(dumps(value)) == value


@pytest.mark.parametrize(
    "word", ["no", "Yes", "1e3", "0x1f", "1_000", "12:30:45", "~", "null", "2026-01-01", ".inf"]
)
def test_words_that_yaml_takes_for_something_else_stay_strings(word):
    assert yaml.safe_load(dumps({"key": word, word: 1})) == {"key": word, word: 1}


def test_lines_of_text_are_a_block():
    assert dumps({"ca": PEM}) == (
        "ca: |\n  -----BEGIN CERTIFICATE-----\n  MIIBAuthority\n  -----END CERTIFICATE-----\n"
    )


@pytest.mark.parametrize(
    "text", ["a\n", "a\n\nb\n", "a\n  b\n", "a\n\n", "\na\n", " a\n", "a\n \nb\n", "a\nb", "a'\"\\"]
)
def test_text_reads_back_in_every_place(text):
    for value in ({"a": text}, [text], {"a": [text, {"b": text}]}, [[text]]):
        assert yaml.safe_load(dumps(value)) == value
