"""Wording that several reporters share."""

from __future__ import annotations


def pluralize(number: int, noun: str) -> str:
    """The number and its noun: `1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
