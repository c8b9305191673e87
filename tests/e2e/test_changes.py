"""Twenty changes of the trust, under clients that ask ten times a second: nothing is lost, and each one is loaded.

Every kind of change runs on an API server of its own, all at once: a renamed file is noticed at once, a switched link
when the API server next polls, within a minute; and a new file waits at least ten seconds for its issuers' keys.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import pytest

from e2e.harness import serving
from e2e.harness.asking import PER_SECOND, Connection, Credential, Tally, asking
from e2e.harness.cluster import LAST_CONFIG_INFO, Place
from e2e.harness.losses import LOSSES, Loss
from e2e.harness.machine import Done, Machine, finish
from e2e.harness.outcome import within
from e2e.harness.placing import linked, renamed
from e2e.harness.world import EXAMPLE_FILE, HOST, MAIN, World

RIGHT: Final = EXAMPLE_FILE.read_bytes()
WRONG: Final = {
    "not https": RIGHT.replace(b"https://", b"http://"),
    "an unknown field": RIGHT.replace(b"audiences:", b"audience:"),
    "empty": b"",
    "no YAML": RIGHT + b"\t- x\n",
    "an expression that does not compile": RIGHT.replace(b"claims.?", b"claims.? &&"),
}
FAILURES: Final = r'_config_controller_automatic_reloads_total\{.*status="failure".*\} (\d+)$'
LATE: Final = "late.example.org"
NEVER: Final = "never.example.org"
POLLED_AFTER_SECONDS: Final = 60  # a switched link is not noticed before
GIVES_UP_AFTER_SECONDS: Final = 60  # an issuer that does not answer
LOADED_WITHIN_SECONDS: Final = (
    POLLED_AFTER_SECONDS + 90
)  # and the new issuers are waited for, on a slow machine


class Watched:
    """An API server under clients, and what it says of its file."""

    def __init__(self, world: World, place: Place) -> None:
        site, self.server = world.cluster.site, world.cluster.api_server
        self.site = site
        token = world.issuer.sign(world.issuer.claims(MAIN, "forgejo"))
        owner = site.authority.issue(f"{self.server.configuration.stem}-asking", ["system:masters"])
        self.credentials = (Credential("token", token), Credential("certificate", certificate=owner))
        self._owner = Connection(self.server.url, site.authority.certificate, self.credentials[1])
        self._place = place

    @contextmanager
    def asked(self) -> Iterator[list[Tally]]:
        """Both clients, asking."""
        with asking(self.server.url, self.site.authority.certificate, *self.credentials) as tallies:
            yield tallies

    def loaded(self) -> tuple[str, int]:
        """The hash of the file that runs, and how many reloads failed."""
        _, metrics = self._owner.ask("GET", "/metrics")
        found = re.search(rf'^{LAST_CONFIG_INFO}\{{.*\bhash="([^"]+)"', metrics, re.M)
        failed = re.search(FAILURES, metrics, re.M)
        return found[1] if found else "", int(failed[1]) if failed else 0

    def change(self, data: bytes, *, is_right: bool) -> None:
        """Puts the file there and returns once it is loaded, or refused with the one before it still loaded."""
        running, failures = self.loaded()
        self._place(self.server.configuration, data)
        if is_right:
            within(LOADED_WITHIN_SECONDS, lambda: self.loaded()[0] == hash_of(data))
        else:
            within(LOADED_WITHIN_SECONDS, lambda: self.loaded()[1] > failures)
            assert self.loaded()[0] == running


def hash_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def right(number: int) -> bytes:
    """The example's file with another hash."""
    return RIGHT + f"# change {number}\n".encode()


def another_issuer(host: str) -> bytes:
    """The example's file, which trusts a second issuer too."""
    entry = RIGHT[RIGHT.index(b"jwt:\n") + len(b"jwt:\n") :]
    return RIGHT + entry.replace(HOST.encode(), host.encode()).replace(b"forgejo:", b"second:")


@dataclass(frozen=True, slots=True)
class Course:
    """What is done to one API server; each change is a file and whether the API server takes it."""

    how: str
    place: Place
    changes: tuple[tuple[bytes, bool], ...]


WRONGS: Final = tuple((data, False) for data in WRONG.values())
RENAMED: Final = Course(
    "renamed over the file",
    renamed,
    (
        (right(1), True),
        *WRONGS,
        (right(2), True),
        *WRONGS,
        (right(3), True),
        (right(4), True),
        (right(5), True),
    ),
)
LINKED: Final = tuple(
    Course("a link switched, as /etc/static", linked, (change,))
    for change in ((right(1), True), (WRONG["not https"], False), (right(2), True))
)


def take(course: Course, watched: Watched) -> Loss:
    """Makes the changes of a course, one after another, under both clients."""
    start = time.monotonic()
    with watched.asked() as tallies:
        for data, is_right in course.changes:
            watched.change(data, is_right=is_right)
        seconds = time.monotonic() - start
    taken = sum(is_right for _, is_right in course.changes)
    return Loss(course.how, taken, len(course.changes) - taken, seconds, *tallies)


@dataclass(frozen=True, slots=True)
class Waited:
    """What became of a file whose issuer does not answer: the clients', and the unit's that waits for it."""

    loss: Loss
    done: Done
    failures: int


def wait_for_issuer(host: str, world: World, watched: Watched, machine: Machine, patience: int) -> Waited:
    """The issuer `host` answers after 20 seconds if it is the late one, and never if it is the other."""
    start = time.monotonic()
    with watched.asked() as tallies, ExitStack() as stack:
        machine.activate(another_issuer(host))
        waiting = machine.begin([], f"--timeout={patience}s")
        if host == LATE:
            time.sleep(20)
            served = stack.enter_context(serving.serve(host, world.cluster.site.authority))
            world.routes[f"{host}:443"] = served.port
        done = finish(waiting)
        failures = watched.loaded()[1]
        seconds = time.monotonic() - start
    taken = int(done.status == 0)
    loss = Loss(f"an issuer that answers {'late' if taken else 'never'}", taken, 1 - taken, seconds, *tallies)
    return Waited(loss, done, failures)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the whole run showed."""

    losses: tuple[Loss, ...]
    late: Waited
    never: Waited
    restarted: Loss


def restart(watched: Watched) -> Loss:
    """Restarts the API server under both clients; returns once both have had ten answers in a row again."""
    start = time.monotonic()
    with watched.asked() as tallies:
        within(LOADED_WITHIN_SECONDS, lambda: min(tally.streak for tally in tallies) >= PER_SECOND)
        watched.server.program.restart()
        within(
            LOADED_WITHIN_SECONDS, lambda: all(tally.lost and tally.streak >= PER_SECOND for tally in tallies)
        )
        seconds = time.monotonic() - start
    return Loss("kube-apiserver restarted", 0, 0, seconds, *tallies)


@pytest.fixture(scope="module")
def seen(world: World, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Seen:
    """Every course on an API server of its own, at once; the table goes to the closing lines of the run."""
    folder = tmp_path_factory.mktemp("changes")
    with ExitStack() as stack, ThreadPoolExecutor() as pool:

        def watch(name: str, place: Place) -> Watched:
            return Watched(stack.enter_context(world.another(name, RIGHT, place)), place)

        def waits(host: str, patience: int) -> Future[Waited]:
            watched = watch(f"waits-for-{host}", renamed)
            machine = Machine(watched.server, folder / host, world.cluster.site.binaries)
            return pool.submit(wait_for_issuer, host, world, watched, machine, patience)

        courses = [
            pool.submit(take, course, watch(f"linked-{number}", linked))
            for number, course in enumerate(LINKED)
        ]
        never, late = waits(NEVER, GIVES_UP_AFTER_SECONDS + 10), waits(LATE, 110)
        renaming = watch("renamed", renamed)
        courses.append(pool.submit(take, RENAMED, renaming))
        losses = tuple(course.result() for course in courses)
        shown = Seen(losses, late.result(), never.result(), restart(renaming))
    pytestconfig.stash[LOSSES].extend((*losses, shown.late.loss, shown.never.loss, shown.restarted))
    return shown


def test_twenty_changes_lose_no_request(seen: Seen) -> None:
    losses = (*seen.losses, seen.late.loss, seen.never.loss)
    assert sum(loss.loaded + loss.refused for loss in losses) == 20
    for loss in losses:
        assert (loss.token.reasons, loss.certificate.reasons) == (set(), set()), loss.how
        for tally in (loss.token, loss.certificate):
            assert tally.asked > loss.seconds, (
                f"{loss.how}: the clients were held up"
            )  # a tenth, on a busy machine


def test_a_renamed_file_is_not_polled_for(seen: Seen) -> None:
    """Fifteen changes in less time than fifteen polls, the ten that are refused in next to none."""
    renaming = next(loss for loss in seen.losses if loss.how == RENAMED.how)
    assert renaming.seconds < len(RENAMED.changes) * POLLED_AFTER_SECONDS / 3


def test_a_restart_loses_requests(seen: Seen) -> None:
    assert seen.restarted.token.lost > 0
    assert seen.restarted.certificate.lost > 0


def test_an_issuer_that_answers_late_is_waited_for(seen: Seen) -> None:
    assert seen.late.done.status == 0, seen.late.done.output
    assert "is loaded; the cluster has" in seen.late.done.end


def test_an_issuer_that_never_answers_is_named_and_tried_again(seen: Seen) -> None:
    """The API server gives up after a minute, counts a failure and begins again; the unit says why."""
    done = seen.never.done
    assert done.status == 1, done.output
    assert seen.never.failures >= 1
    assert f"the issuer https://{NEVER}/api/actions does not respond" in done.end
    assert "the API server tries again once a minute" in done.end
    assert f"the tests have no route to {NEVER}:443" in done.end
