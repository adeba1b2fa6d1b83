"""The demo's page that is signed in by cookies, in a real browser."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

#: Time that the browser lets pass as fast as the page's requests allow.
_TIME = "--virtual-time-budget=20000"


@pytest.fixture
def opened(demo, browse):
    """The page after what is behind its ``#`` was done, and what the browser complained of."""

    def run(step: str, *options: str) -> tuple[str, str]:
        return browse(f"{demo.address}/browser/{step}", _TIME, *options)

    return run


def told(page: str) -> list[str]:
    return re.findall(r"<li>(.*?)</li>", page)


def shown(page: str, name: str) -> str:
    found = re.search(rf'id="{name}"[^>]*>(.*?)</td>', page)
    assert found is not None
    return found[1]


def test_a_page_signs_in_refreshes_and_signs_out_by_cookies_alone(opened):
    page, _ = opened("#try", "--dump-dom")
    assert told(page) == [
        "GET me/ 401",
        "POST sign-in/ 200",
        "GET me/ 200",
        "POST token/refresh/ 200",
        "GET me/ 200",
        "POST sign-out/ 204",
        "GET me/ 401",
        "POST token/refresh/ 401",
        "GET me/ 401",
    ]
    assert shown(page, "who") == "nobody"


def test_its_script_reads_no_token(opened):
    page, _ = opened("#sign-in", "--dump-dom")
    assert shown(page, "who") == "as manager"
    assert shown(page, "cookies") == "csrftoken"
    assert shown(page, "stored") == "0"
    assert "eyJ" not in page


def test_it_can_be_photographed_signed_in(opened, tmp_path):
    path = Path(os.environ.get("SCREENSHOTS", tmp_path)) / "browser.png"
    opened("#sign-in", f"--screenshot={path}")
    assert path.stat().st_size > 10_000
