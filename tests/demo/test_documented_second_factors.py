"""The guide to second factors, told to the running demo as it is written."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from example_project.demo_site.accounts import ACCOUNTS
from tests.demo.conftest import curl, shell
from tests.second_factors import shown
from tests.test_docs import Block, blocks, tell

PAGE = "docs/howto/second_factors.md"

#: A telephone whose owner does not wait: the first code is that of the half minute before, the next
#: one of the present, the third of the one to come. Each is taken, and each once.
_IN_A_HURRY = (
    ("shown() {", "shows() {"),
    ("// 30\n", "// 30 + int(sys.argv[2])\n"),
    ('"$1"; }', '"$1" "$2"; }'),
)
_SHOWN = """
shown() { times=$(($(cat "times-$1" 2> /dev/null || echo -2) + 1))
echo $times > "times-$1"; shows "$1" "$times"; }
"""
#: A mailbox that is read at once.
_READ = """
read() { mailed=$(grep -hoE '\\b[0-9]{6}\\b' "$(ls -t data/mail/*.log | head -1)" | head -1); }
"""


def told() -> list[Block]:
    """Its story, with a telephone that is in a hurry and a mailbox that is read at once."""
    helpers, *story = blocks(PAGE, "sh", "http")
    text = helpers.text
    for said, meant in _IN_A_HURRY:
        assert text.count(said) == 1
        text = text.replace(said, meant)
    return [replace(helpers, text=text + _SHOWN + _READ), *story]


def test_the_guide_works_as_it_is_written(start, tmp_path):
    running = start(tmp_path / "data")
    tell(told(), running.port, tmp_path)


def test_the_app_that_the_guide_shows_is_an_app(demo):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    helpers = blocks(PAGE, "sh")[0].text
    known = {shown(secret, steps=step) for step in (-1, 0, 1)}
    done = subprocess.run(
        ["bash", "-c", f"{helpers}\nshown {secret}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in known


@pytest.mark.parametrize("account", [each for each in ACCOUNTS if each.totp_secret], ids=str)
def test_the_demo_s_telephone_shows_what_an_app_would(demo, account):
    answer = curl(f"{demo.address}/telephone/{account.username}/")
    near = {shown(account.totp_secret, steps=step) for step in (-1, 0, 1)}
    assert answer.body.decode().strip() in near
    assert shell(f"curl {demo.address}/telephone/manager/").status == 404
