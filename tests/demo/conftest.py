"""``manage.py demo`` as a process of its own, and the real curl."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

import pytest

from tests.presets.back_office.documented import Names
from tests.presets.documented import Answer

#: The browser's window.
WIDTH, HEIGHT = 1280, 1600
ROOT = Path(__file__).parents[2]
MANAGE = ROOT / "example_project" / "manage.py"
QUICK_MANAGE = Path(__file__).with_name("quick_manage.py")


@dataclass
class Demo:
    """A demo that is being served."""

    port: int
    folder: Path
    output: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return self.output.read_text()

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request with the real curl."""
        more = [option for pair in headers.items() for option in ("--header", ": ".join(pair))]
        more += ["--data-binary", "@-"] if body else []
        return curl("--request", method, *more, f"{self.address}{path}", stdin=body)


def curl(*options: str, stdin: bytes = b"") -> Answer:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--include", "--max-time", "60", *options],
        input=stdin,
        capture_output=True,
        check=False,
    )
    return _answer(done)


def shell(line: str) -> Answer:
    """A documented line as it stands, through a shell that has the real curl."""
    silent = 'curl() { command curl --silent --show-error --include --max-time 60 "$@"; }'
    return _answer(
        subprocess.run(["bash", "-c", f"{silent}\n{line}"], capture_output=True, check=False)
    )


def _answer(done: subprocess.CompletedProcess[bytes]) -> Answer:
    """What curl wrote, its ``--include`` among it."""
    assert done.returncode == 0, done.stderr.decode()
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    start, _, lines = head.partition(b"\r\n")
    return Answer(int(start.split()[1]), BytesHeaderParser().parsebytes(lines), body)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment() -> dict[str, str]:
    """Nothing of the tests' own settings reaches the demo."""
    drop = re.compile(r"DJANGO_|DEMO_|TEST_|KDF_")
    return {name: value for name, value in os.environ.items() if not drop.match(name)}


def run_demo(port: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, MANAGE, "demo", "--port", str(port), "--data", folder],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def serving(
    folder: Path, output: Path, *options: str, manage: Path = QUICK_MANAGE
) -> Iterator[Demo]:
    """A demo from its start to its Ctrl-C."""
    port = free_port()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, manage, "demo", "--port", str(port), "--data", folder, *options],
            cwd=ROOT,
            env=environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, output)
        yield Demo(port, folder, output, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(output.read_text())


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Iterator[Demo]:
    """One demo for all tests that leave the accounts it is made with as they are. It tells PINs, as
    the document says."""
    folder = tmp_path_factory.mktemp("demo")
    with serving(folder / "data", folder / "output", "--pin-in-response") as running:
        yield running


@pytest.fixture(scope="session")
def names(demo) -> Names:
    """Log-ins cost a real hash each: these are shared."""
    shared = Names(demo.send)
    for name in ("admin", "manager", "eurogames", "gica"):
        shared.value(name)
    return shared


@pytest.fixture
def fresh(names) -> Names:
    """The shared log-ins; every other name is made anew."""
    return Names(names.send, dict(names.known))


@pytest.fixture
def start(tmp_path):
    """Start demos of one's own: ``start(folder)``, with more options if need be. With
    ``manage=MANAGE`` it is what ``make demo`` starts, whose hashes cost what hashes should."""
    with ExitStack() as stack:
        yield lambda folder, *options, **how: stack.enter_context(
            serving(folder, tmp_path / "output", *options, **how)
        )


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        message = "chromium is not on PATH: the demo's pages were not looked at"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture
def browse(chromium, tmp_path):
    """Open a page; what the browser wrote to its two outputs."""

    def run(url: str, *options: str) -> tuple[str, str]:
        done = subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--enable-logging=stderr",
                "--hide-scrollbars",
                f"--user-data-dir={tmp_path / 'profile'}",
                f"--window-size={WIDTH},{HEIGHT}",
                *options,
                url,
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr

    return run
