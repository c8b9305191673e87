"""Files that the API server does not take, or not as they are, and files that take a restart."""

from __future__ import annotations

from typing import Final

from e2e.harness.binaries import at_least

from switch.generation import FILE, SINCE_ANONYMOUS
from switch.node import Node, Switched
from switch.scenario import Group, Scenario

FIELD: Final = "claimValidationRules[2].expression"
AWAY: Final = "away.example.org"
PAGE: Final = 4096
FOLDER: Final = FILE.rpartition("/")[0]
RULE: Final = """    userValidationRules:
      - expression: "!user.username.startsWith('system:')"
        message: no system users
"""


def is_named(switched: Switched) -> None:
    """The API server's reason is among the lines that the user sees."""
    assert switched.status == 4, switched.output
    assert FIELD in "\n".join(switched.lines), switched.output


def rejected(node: Node) -> Switched:
    """A running API server keeps the file before; the switch fails soon, with its reason."""
    node.given("base")
    process = node.process()
    switched = node.switch("rejected")
    is_named(switched)
    assert switched.seconds < 60
    assert node.process() == process
    node.expect("yes", "adam/site")
    return switched


def rejected_again(node: Node) -> Switched:
    """The API server doesn't try the same file twice; the switch fails as soon, with the same reason."""
    assert node.current == node.load("rejected")
    switched = node.switch("rejected")
    is_named(switched)
    assert switched.seconds < 60
    return switched


def rejected_at_startup(node: Node) -> Switched:
    """An API server that starts with the file ends at once; the reason is the same, worded otherwise in its log."""
    node.machine.run("systemctl", "restart", node.server)
    switched = node.switch("rejected")
    is_named(switched)
    assert switched.seconds < 60
    return switched


def valid_again(node: Node) -> Switched:
    """The next generation is a valid one: everything recovers."""
    switched = node.switch("base")
    assert switched.status == 0, switched.output
    node.wait_for_server()
    node.expect("yes", "adam/site")
    return switched


def full_disk(node: Node) -> Switched:
    """The copy in /etc ends after its first page, without the last rule, and is valid: it must not count as loaded."""
    node.given("base")
    node.machine.succeed("mount", "-t", "tmpfs", "-o", f"size={2 * PAGE}", "tmpfs", FOLDER)
    try:
        node.machine.write(FILE, node.current.file or "")
        switched = node.switch(node.load("base").with_file(padded))
        assert len(node.machine.read(FILE)) == PAGE
    finally:
        node.machine.succeed("umount", FOLDER)
    assert switched.status == 4, switched.output
    assert switched.seconds < 30
    assert "truncated" in "\n".join(switched.lines) or f"{PAGE} of" in "\n".join(switched.lines), (
        switched.output
    )
    return switched


def padded(text: str) -> str:
    """The file with one more rule that begins exactly on its second page."""
    missing = PAGE - len(text.encode())
    return text + "#" * (missing - 1) + "\n" + RULE


def anonymous(node: Node) -> Switched:
    """This part of the file takes a restart; afterwards an anonymous request reaches the one path and no other."""
    node.given("base")
    process = node.process()
    switched = node.switch("anonymous")
    assert switched.status == 0, switched.output
    node.wait_for_server()
    assert node.process() != process
    assert [status(node, path) for path in ("/healthz", "/version")] == ["200", "401"]
    return switched


def status(node: Node, path: str) -> str:
    """The HTTP status of an anonymous request."""
    url = f"https://127.0.0.1:6443{path}"
    return node.machine.succeed("curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", url).strip()


def unreachable_issuer(node: Node) -> Switched:
    """A second issuer doesn't respond. The API server gives up after a minute; then the switch names the issuer."""
    node.given("base")
    switched = node.switch("unreachable")
    assert switched.status == 4, switched.output
    assert AWAY in "\n".join(switched.lines), switched.output
    node.expect("yes", "adam/site")
    return switched


GROUP: Final = Group(
    "files",
    "kubernetes",
    (
        Scenario("a rejected file on a running API server", rejected),
        Scenario("the same rejected file again", rejected_again),
        Scenario("the rejected file when the API server starts", rejected_at_startup),
        Scenario("back to a valid file", valid_again),
        *((Scenario("anonymous changed", anonymous),) if at_least(*SINCE_ANONYMOUS) else ()),
        Scenario("a full disk", full_disk),
    ),
    boot="base",
)
OF_ISSUERS: Final = Group(
    "issuers", "kubernetes", (Scenario("an issuer that can't be reached", unreachable_issuer),), boot="base"
)
