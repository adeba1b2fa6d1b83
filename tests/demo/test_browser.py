"""The demo's pages in a real browser."""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path

import pytest

from tests.demo.conftest import HEIGHT, WIDTH

pytestmark = pytest.mark.browser


@pytest.fixture
def photograph(browse, tmp_path):
    """A screenshot, also kept in the folder that ``SCREENSHOTS`` names."""

    def take(url: str, name: str) -> Path:
        path = Path(os.environ.get("SCREENSHOTS", tmp_path)) / name
        _, complaints = browse(url, f"--screenshot={path}")
        # Whatever the page could not load or run is told by the browser.
        assert "CONSOLE" not in complaints, complaints
        return path

    return take


def first_row(path: Path) -> list[tuple[int, ...]]:
    """The colours of a PNG's topmost line (its filters look at the left neighbour alone)."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (width, height, depth) == (WIDTH, HEIGHT, 8)
    size = {2: 3, 6: 4}[kind]
    parts, position = [], 8
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        if data[position + 4 : position + 8] == b"IDAT":
            parts.append(data[position + 8 : position + 8 + length])
        position += 12 + length
    raw = zlib.decompress(b"".join(parts))
    how, line = raw[0], bytearray(raw[1 : 1 + width * size])
    for index in range(size, len(line)):
        left = line[index - size]
        line[index] = (line[index] + {0: 0, 1: left, 2: 0, 3: left // 2, 4: left}[how]) % 256
    return [tuple(line[index : index + 3]) for index in range(0, len(line), size)]


def test_the_front_page_shows_what_is_mounted_whom_to_be_and_what_to_try(demo, browse):
    page, _ = browse(f"{demo.address}/", "--dump-dom")
    assert "<title>jwt_accounts demo</title>" in page
    for text in ("/authentication/", "/accounts/", "/admin/", "eurogames", "Manager-demo-1"):
        assert text in page
    for contract in (
        "Contract zero",
        "back-office",
        "djoser",
        "device API",
        "chat",
        "tenant portal",
        "dj-rest-auth",
    ):
        assert contract in page
    assert len(re.findall(r"<pre>", page)) == 24


def test_the_front_page_can_be_photographed_without_a_complaint(demo, photograph):
    path = photograph(f"{demo.address}/", "home.png")
    assert path.stat().st_size > 20_000


def test_the_admins_log_in_page_has_its_style_sheets(demo, photograph):
    """Its background is grey; that of a page without style sheets is white."""
    path = photograph(f"{demo.address}/admin/login/", "admin.png")
    colours = set(first_row(path))
    assert len(colours) == 1
    assert colours != {(255, 255, 255)}


def test_the_admins_log_in_page_asks_for_name_password_and_code(demo, browse):
    page, _ = browse(f"{demo.address}/admin/login/", "--dump-dom")
    assert re.search(r'<input type="text" name="username"[^>]*required', page)
    assert re.search(r'<input type="password" name="password"[^>]*required', page)
    (code,) = re.findall(r'<input type="text" name="code"[^>]*>', page)
    assert 'autocomplete="one-time-code"' in code
    assert "required" not in code
