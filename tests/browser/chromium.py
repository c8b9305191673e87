"""Chromium without a window, spoken to through two pipes: no port, no library, no network.

Source of the protocol: https://chromedevtools.github.io/devtools-protocol/ (`--remote-debugging-pipe`).
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable")
_SECONDS: Final = 60
_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


def installed() -> str | None:
    """The browser's path; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One page; `complaints` are what the browser's console says of it, errors and refusals alike."""

    def __init__(self, asking: int, answers: int) -> None:
        self._asking, self._answers = asking, answers
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self._loaded = False
        self.complaints: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The browser's answer; AssertionError with its words where it has none."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._asking, json.dumps(message).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("id") == self._number:
                assert "error" not in said, said["error"]
                result: dict[str, Any] = said["result"]
                return result

    def open(self, path: Path, width: int, *, dark: bool = False, fragment: str = "") -> None:
        """Shows the file in a window of this width, and returns once it is loaded."""
        self.open_url(path.as_uri() + fragment, width, dark=dark)

    def open_url(self, url: str, width: int, *, dark: bool = False) -> None:
        """Shows the page in a window of this width, and returns once it is loaded."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self._go("about:blank")  # or the same file with another fragment is no new page
        self._go(url)

    def _go(self, url: str) -> None:
        self._loaded = False
        self.ask("Page.navigate", url=url)
        while not self._loaded:
            self._read()

    def scripts(self, allowed: bool) -> None:
        """Lets pages run scripts, or not."""
        self.ask("Emulation.setScriptExecutionDisabled", value=not allowed)

    def value(self, expression: str) -> Any:
        """What the expression is in the page."""
        said = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """One key, pressed and let go."""
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self, path: Path) -> bytes:
        """A screenshot of the whole page, written there as PNG."""
        data = base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"])
        path.write_bytes(data)
        return data

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + _SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"the browser said nothing for {_SECONDS} s"
            more = os.read(self._answers, 1 << 20)
            assert more, "the browser ended"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        said: dict[str, Any] = json.loads(line)
        self._note(said.get("method", ""), said.get("params", {}))
        return said

    def _note(self, method: str, parameters: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(str(parameters["args"]))
        elif method == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])
        elif method == "Network.loadingFailed" and "blockedReason" in parameters:
            self.complaints.append(f"blocked: {parameters['blockedReason']}")
        elif method == "Network.requestWillBeSent" and not parameters["request"]["url"].startswith("file:"):
            self.complaints.append(f"asks for {parameters['request']['url']}")


@contextmanager
def browser(path: str, folder: Path) -> Iterator[Page]:
    """A browser with a profile of its own in this folder; it ends with the block."""
    for_browser, asking = os.pipe()
    answers, from_browser = os.pipe()

    def pipes() -> None:
        """Chromium reads at 3 and writes at 4, whichever numbers the pipes have here."""
        reads, writes = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (for_browser, from_browser))
        os.dup2(reads, 3)
        os.dup2(writes, 4)

    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [path, *_FLAGS, f"--user-data-dir={folder / 'profile'}"],
            preexec_fn=pipes,  # noqa: PLW1509 - no thread runs here
            close_fds=False,
            stdout=log,
            stderr=log,
        )
    os.close(for_browser)
    os.close(from_browser)
    try:
        yield Page(asking, answers)
    finally:
        os.close(asking)
        os.close(answers)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
