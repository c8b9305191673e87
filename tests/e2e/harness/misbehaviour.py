"""How an issuer can go wrong: each function is a behaviour, or makes one."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from e2e.harness.issuer import Behaviour, Reply

HUGE: Final = 50 << 20


def failing(_: str, __: Reply) -> Reply:
    """Every answer is 500."""
    return Reply(HTTPStatus.INTERNAL_SERVER_ERROR, b"Internal Server Error\n", "text/plain;charset=utf-8")


def login_page(_: str, __: Reply) -> Reply:
    """Every answer is 200 and a page for people."""
    return Reply(HTTPStatus.OK, b"<!DOCTYPE html><title>Log in</title>\n", "text/html;charset=utf-8")


def slow(seconds: float) -> Behaviour:
    """Every answer comes late."""

    def behave(_: str, reply: Reply) -> Reply:
        time.sleep(seconds)
        return reply

    return behave


def redirecting(target: str, reply: Reply) -> Reply:
    """Every answer is a redirect to the same place under another address, which has the answer."""
    if "moved=1" in target:
        return reply
    location = f"{target}{'&' if '?' in target else '?'}moved=1"
    return Reply(HTTPStatus.FOUND, b"", headers=(("Location", location),))


def posing_as(issuer: str) -> Behaviour:
    """Its discovery document names another issuer."""
    return _with_json("openid-configuration", {"issuer": issuer})


def without_keys(target: str, reply: Reply) -> Reply:
    """Its key set is empty."""
    return _with_json("keys", {"keys": []})(target, reply)


def huge(_: str, reply: Reply) -> Reply:
    """Every answer is 50 MiB long; it is still good JSON, for white space may follow it."""
    return replace(reply, body=reply.body + b" " * HUGE)


def _with_json(name: str, fields: dict[str, Any]) -> Behaviour:
    def behave(target: str, reply: Reply) -> Reply:
        if not target.endswith(f"/.well-known/{name}"):
            return reply
        return replace(reply, body=json.dumps(json.loads(reply.body) | fields).encode())

    return behave
