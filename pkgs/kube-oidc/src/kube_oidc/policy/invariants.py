"""Proves invariants for all tokens that the issuers can make, or refutes them with one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kube_oidc.model import JWTAuthenticator
from kube_oidc.policy.examples import ExampleError, World
from kube_oidc.policy.model import Invariant, Result, Status, Target
from kube_oidc.policy.who_can import who_can
from kube_oidc.proof.question import (
    NotDecided,
    Proved,
    Question,
    Refused,
    Shown,
    Subject,
    ask,
    quoted,
    refused,
)
from kube_oidc.rbac.question import QuestionError, parse
from kube_oidc.verdict.cel.compile import Compiled, CompileError, compile_expression
from kube_oidc.verdict.cel.scope import Scope


def results(world: World, invariants: tuple[Invariant, ...]) -> Iterator[Result]:
    """The result of each invariant; proved if it passes."""
    for invariant in invariants:
        found = Result(invariant.line, invariant.name, Status.PASSED, how="proved")
        try:
            yield _result(world, invariant, found)
        except (ExampleError, QuestionError) as error:
            yield replace(found, status=Status.ERROR, message=str(error), how="")


def _result(world: World, invariant: Invariant, found: Result) -> Result:
    target = invariant.target
    subjects = [Subject(entry, world.version) for entry in _entries(world, target)]
    if target.tokens:
        _check_condition(target.tokens, world)
    condition = _condition(world, target)
    match invariant.kind:
        case "never":
            conditions = (target.tokens,) if target.tokens else ()
            answers = [ask(subject, Question(claims=conditions, user=(condition,))) for subject in subjects]
            return _judged(invariant, found, answers, _who(target))
        case "only":
            return _only(world, invariant, found, subjects, condition)
    return _always(invariant, found, subjects, condition)


def _entries(world: World, target: Target) -> tuple[JWTAuthenticator, ...]:
    """The entries of the target's issuer; all without one."""
    entries = world.configuration.jwt
    chosen = tuple(entry for entry in entries if target.issuer in ("", entry.issuer.url))
    if not chosen:
        urls = ", ".join(entry.issuer.url for entry in entries) or "none"
        raise ExampleError(f"issuer {target.issuer} is not in the configuration, which has: {urls}")
    return chosen


def _check_condition(text: str, world: World) -> None:
    result = compile_expression(text, Scope.CLAIMS, world.version)
    if isinstance(result, CompileError):
        remedy = f" ({result.remedy})" if result.remedy else ""
        raise ExampleError(f"tokens: {result.message}{remedy}")
    if not isinstance(result, Compiled) or result.output_type != "bool":
        raise ExampleError(
            f"tokens: {text!r} is not a condition: expected CEL over `claims` that is true or false"
        )


def _condition(world: World, target: Target) -> str:
    """CEL over `user`: whether it is or can what the target says; true without any."""
    if target.user:
        return f"user.username == {quoted(target.user)}"
    if target.group:
        return f"user.groups.exists(g, g == {quoted(target.group)})"
    if not target.can:
        return "true"
    if not world.rbac:
        raise ExampleError("can needs Roles and bindings: set rbac in the file, or --rbac")
    return who_can(world.policy, parse(target.can, "", world.objects)).condition


def _who(target: Target) -> str:
    if target.can:
        return f"can {target.can}"
    return f"becomes {target.user}" if target.user else f"is in the group {target.group}"


def _judged(invariant: Invariant, found: Result, answers: Sequence[object], what: str) -> Result:
    """Failed with the first token that shows it; undecided if there is no answer."""
    for answer in answers:
        if isinstance(answer, Shown):
            message = f"a token {what} as {answer.user.username}"
            return replace(found, status=Status.FAILED, message=message, how="shown", claims=answer.claims)
    return _undecided(invariant, found, answers)


def _undecided(invariant: Invariant, found: Result, answers: Sequence[object]) -> Result:
    for answer in answers:
        if isinstance(answer, NotDecided):
            status = Status.PASSED if invariant.allow_undecided else Status.UNDECIDED
            return replace(found, status=status, message=f"not decided: {answer.reason}", how="")
    return found


def _only(
    world: World, invariant: Invariant, found: Result, subjects: list[Subject], condition: str
) -> Result:
    """Tokens that aren't meant can't; and it says something: not every token is meant, and some token can."""
    target = invariant.target
    others = _others(world, target)
    answers: list[object] = [
        ask(subject, Question(unless=(target.tokens,), user=(condition,))) for subject in subjects
    ]
    answers += [ask(subject, Question(user=(condition,))) for subject in others]
    judged = _judged(invariant, found, answers, _who(target))
    if not judged.ok:
        return judged
    meant = [ask(subject, Question(claims=(target.tokens,), user=(condition,))) for subject in subjects]
    if not any(isinstance(answer, Shown | NotDecided) for answer in meant):
        message = f"trivially true: no token {_who(target)}, not even those that may"
        return replace(found, status=Status.FAILED, message=message)
    rest: list[object] = [ask(subject, Question(unless=(target.tokens,))) for subject in subjects]
    rest += [refused(subject, unless=(target.tokens,)) for subject in subjects]
    if not others and all(isinstance(answer, Proved) for answer in rest):
        message = "trivially true: every token is one of these tokens"
        return replace(found, status=Status.FAILED, message=message)
    return judged


def _others(world: World, target: Target) -> list[Subject]:
    """The issuers that aren't meant."""
    if not target.issuer:
        return []
    entries = (entry for entry in world.configuration.jwt if entry.issuer.url != target.issuer)
    return [Subject(entry, world.version) for entry in entries]


def _always(invariant: Invariant, found: Result, subjects: list[Subject], condition: str) -> Result:
    """Every meant token is accepted and can; and there is one."""
    target = invariant.target
    exists = [ask(subject, Question(claims=(target.tokens,))) for subject in subjects]
    if not any(isinstance(answer, Shown | NotDecided) for answer in exists):
        return replace(found, status=Status.FAILED, message="no accepted token is one of these tokens")
    answers: list[object] = [refused(subject, (target.tokens,)) for subject in subjects]
    for answer in answers:
        if isinstance(answer, Refused):
            message = "such a token is refused"
            return replace(found, status=Status.FAILED, message=message, how="shown", claims=answer.claims)
    if target.can:
        cannot = Question(claims=(target.tokens,), user=(f"!({condition})",))
        denied: list[object] = [ask(subject, cannot) for subject in subjects]
        judged = _judged(invariant, found, denied, f"cannot {target.can}")
        if not judged.ok:
            return judged
    return _undecided(invariant, found, answers)
