"""A browser that is driven from outside, by Chromium's own protocol over two pipes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from select import select
from typing import Any

from tests.demo.conftest import WIDTH

_PATIENCE = 30  # seconds


class Page:
    """One page, and the authenticators that are plugged in."""

    def __init__(self, commands: int, answers: int, numbers: Iterator[int]) -> None:
        self._commands, self._answers, self._numbers = commands, answers, numbers
        self._session, self._read = "", b""
        self.complaints: list[str] = []
        # Without the cookies of other pages.
        apart = self.call("Target.createBrowserContext")["browserContextId"]
        made = self.call("Target.createTarget", url="about:blank", browserContextId=apart)
        target = made["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "WebAuthn"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command; its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == number:
                assert "error" not in found, found
                return dict(found["result"])
            self._note(found)

    def open(self, url: str) -> None:
        """Go there, and wait until its scripts have run."""
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script: str) -> Any:
        """The value of an expression, waited for; an error of the page's is one of the test's."""
        found = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression is true."""
        deadline = time.monotonic() + _PATIENCE
        while not self.run(condition):
            text = self.run("document.body?.innerText")
            assert time.monotonic() < deadline, f"{condition} is not so: {text}"
            time.sleep(0.02)

    def plug_in(self, **options: Any) -> str:
        """An authenticator whose owner says yes to everything; its id."""
        known = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self.call("WebAuthn.addVirtualAuthenticator", options={**known, **options})
        return str(made["authenticatorId"])

    def photograph(self, path: Path) -> None:
        """What the page looks like."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(b64decode(shot["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            ready, _, _ = select([self._answers], [], [], _PATIENCE)
            assert ready, "the browser says nothing"
            read = os.read(self._answers, 2**16)
            assert read, "the browser is gone"
            self._read += read
        message, _, self._read = self._read.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, found: dict[str, Any]) -> None:
        if found.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(found["params"]))


@contextmanager
def driven(chromium: str, profile: Path) -> Iterator[Callable[[], Page]]:
    """A browser from its start to its end. It listens on its descriptor 3 and answers on 4."""
    numbers = count(1)
    listens, commands = os.pipe()
    answers, says = os.pipe()
    line = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
        f"--window-size={WIDTH},900",
    ]
    process = subprocess.Popen(
        # The shell gives the pipes the numbers they must have.
        ["bash", "-c", f"exec {shlex.join(line)} 3<&{listens} 4>&{says}"],
        pass_fds=(listens, says),
        stderr=subprocess.DEVNULL,
    )
    os.close(listens)
    os.close(says)
    try:
        yield lambda: Page(commands, answers, numbers)
    finally:
        os.close(commands)
        os.close(answers)
        process.terminate()
        process.wait(20)
