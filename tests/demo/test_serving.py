"""What the demo serves besides the contracts."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Barrier
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener, urlopen

import pytest

from example_project.demo_site.accounts import ACCOUNTS
from tests.presets.back_office.documented import NEW_PASSWORD

MOUNTED = ("/authentication/", "/accounts/", "/auth/", "/api/", "/dj-rest-auth/", "/admin/")


@pytest.fixture(scope="session")
def home(demo) -> str:
    return demo.send("GET", "/", {}, b"").body.decode()


def test_the_front_page_says_what_is_mounted_where(demo, home):
    answer = demo.send("GET", "/", {}, b"")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for path in MOUNTED:
        assert path in home


def test_the_front_page_names_every_account_and_its_password(home):
    for account in ACCOUNTS:
        assert account.username in home
        assert account.password in home


def test_no_link_of_the_front_page_leads_nowhere(demo, home):
    links = re.findall(r'href="([^"]+)"', home)
    assert links
    for link in links:
        with urlopen(f"{demo.address}{link}") as page:  # noqa: S310 - our own server
            assert page.status == 200, link


def test_the_start_prints_addresses_accounts_and_lines_to_try(demo):
    for path in ("/", *MOUNTED):
        assert f"{demo.address}{path}" in demo.said
    assert str(demo.folder) in demo.said
    for account in ACCOUNTS:
        assert re.search(rf"{account.username}\s+{re.escape(account.password)}", demo.said)
    assert len(lines_to_try(demo)) == 24


def lines_to_try(demo) -> list[str]:
    return [line.strip() for line in demo.said.splitlines() if line.strip().startswith("curl ")]


@pytest.mark.parametrize("number", range(24))
def test_each_of_the_lines_works_when_it_is_pasted(demo, number):
    line = lines_to_try(demo)[number]
    assert line in demo.said
    done = subprocess.run(
        ["bash", "-c", f"{line} --silent --show-error --fail"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.rpartition("\n")
    assert json.loads(body) if body else head.startswith("HTTP/1.1 20"), done.stdout


def test_the_front_page_shows_the_same_lines_to_try(demo, home):
    from html import unescape

    shown = unescape(home)
    for line in lines_to_try(demo):
        assert line in shown
        assert shlex.split(line)[0] == "curl"


def test_static_files_are_served_though_debug_is_off(demo):
    page = demo.send("GET", "/admin/login/", {}, b"")
    assert page.status == 200
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', page.body.decode())
    scripts = re.findall(r'src="(/static/[^"]+\.js)"', page.body.decode())
    assert sheets
    assert scripts
    for url in sheets:
        assert demo.send("GET", url, {}, b"").headers["Content-Type"].startswith("text/css")
    for url in scripts:
        assert "javascript" in demo.send("GET", url, {}, b"").headers["Content-Type"]


def test_debug_is_off(demo):
    missing = demo.send("GET", "/nothing-here/", {}, b"")
    assert missing.status == 404
    assert b"URLconf" not in missing.body
    elsewhere = demo.send("GET", "/", {"Host": "evil.example"}, b"")
    assert elsewhere.status == 400
    assert b"Traceback" not in elsewhere.body


def test_it_listens_on_this_machine_alone(demo):
    listening = [
        line.split()[1].split(":")
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    ]
    assert [host for host, port in listening if int(port, 16) == demo.port] == ["0100007F"]


def test_the_database_lets_readers_and_a_writer_work_at_once(demo):
    with sqlite3.connect(f"file:{demo.folder}/demo.sqlite3?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_both_contracts_share_one_truth(demo, fresh):
    """Signed in at one, signed out at the other."""
    tokens = fresh.log_in("eurogames")
    header = {"Authorization": f"Bearer {tokens['access']}"}
    assert demo.send("GET", "/accounts/me/", header, b"").json()["username"] == "eurogames"
    assert demo.send("POST", "/accounts/sign-out/", header, b"").status == 204
    answer = demo.send(
        "POST",
        "/authentication/token/refresh/",
        {"Content-Type": "application/json"},
        json.dumps({"refresh": tokens["refresh"]}).encode(),
    )
    assert answer.status == 401


def at_once(many: int, send) -> list[int]:
    barrier = Barrier(many)

    def one(_number: int) -> int:
        barrier.wait()
        try:
            with urlopen(send(), timeout=60) as answer:  # noqa: S310 - our own server
                return answer.status
        except HTTPError as error:
            return error.code

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


def request(demo, path, body=None, token="") -> Request:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    return Request(f"{demo.address}{path}", data, headers)  # noqa: S310 - our own server


def test_forty_reads_at_once_are_all_answered(demo, fresh):
    token = fresh.value("manager")
    found = at_once(40, lambda: request(demo, "/authentication/users", token=token))
    assert found == [200] * 40


def test_forty_writes_at_once_are_all_answered(demo, fresh):
    body = {"refresh": fresh.value("refresh")}
    found = at_once(40, lambda: request(demo, "/authentication/token/refresh/", body))
    assert found == [200] * 40


def test_forty_right_passwords_at_once_are_answered_and_lock_nobody(demo, fresh):
    body = {"username": "attendant", "password": "Attendant-demo-1"}
    found = at_once(40, lambda: request(demo, "/authentication/login/", body))
    assert set(found) <= {200, 429}
    assert 200 in found
    assert fresh.log_in("attendant")["role"] == "Attendant"


class Browser:
    """Fills in the admin's log-in form as a browser does."""

    def __init__(self, demo) -> None:
        self.url = f"{demo.address}/admin/login/?next=/admin/"
        self.cookies = CookieJar()
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(self.cookies))

    def log_in(self, username: str, password: str) -> str:
        """The page one gets to see."""
        form = self.opener.open(self.url, timeout=60).read().decode()
        (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        values = {"csrfmiddlewaretoken": token, "username": username, "password": password}
        data = urlencode({**values, "next": "/admin/"}).encode()
        return self.opener.open(self.url, data, timeout=60).read().decode()


def test_the_admins_log_in_form_lets_the_right_password_in(demo):
    page = Browser(demo).log_in("admin", "Admin-demo-1")
    assert "Site administration" in page
    assert "/admin/people/user/" in page


def test_the_admins_log_in_form_locks_and_shares_the_lock_with_the_contracts(demo, fresh):
    name = fresh.value("new")
    fresh.create(username=name, password=NEW_PASSWORD, is_staff="1", is_superuser="1")
    for _ in range(5):
        assert "errornote" in Browser(demo).log_in(name, "wrong")
    refused = Browser(demo).log_in(name, NEW_PASSWORD)
    assert "errornote" in refused
    assert "Site administration" not in refused
    answer = fresh.post("login/", {"username": name, "password": NEW_PASSWORD})
    assert (answer.status, answer.body) == (423, b'{"code":3}')
