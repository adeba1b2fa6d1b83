"""Playing a transcript at whatever is mounted: the real peer in its own process, or ours."""

from __future__ import annotations

import json
import re
from base64 import b32decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client, TestCase, override_settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import NoReverseMatch
from django.urls import reverse as path_of
from django_otp.oath import hotp

from tests.oracle.answers import cookie, disagreement
from tests.oracle.peers import merged
from tests.oracle.transcripts import Transcript

_PLACE = re.compile(r"\{(\w[\w.]*)\}")


@dataclass(frozen=True)
class Side:
    """What is done differently at the peer and at ours.

    ``sign_in`` gives a user the tokens of a session, ``revoke`` makes a refresh token worthless,
    ``verify`` notes that a user confirmed the address, and ``links`` says how the links in a
    transcript's mails look, by kind.
    """

    sign_in: Callable[[Any, str], Mapping[str, str]]
    revoke: Callable[[str], object]
    links: Callable[[Transcript], Mapping[str, str]]
    verify: Callable[[Any], object] = lambda user: None


@dataclass
class Player:
    """Plays one transcript."""

    transcript: Transcript
    side: Side
    known: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    client: Client = field(
        default_factory=lambda: Client(raise_request_exception=False, enforce_csrf_checks=True)
    )
    link: dict[str, str] = field(default_factory=dict)
    jar: dict[str, str] = field(default_factory=dict)

    def play(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Each step that has an answer, with the answer that came."""
        now = datetime.now(UTC).replace(microsecond=0)
        with (
            time_machine.travel(now, tick=False) as self.clock,
            override_settings(**self._settings()),
        ):
            for name, values in self.transcript.people.items():
                self._make(name, values)
            for step in self.transcript.steps:
                if "do" in step:
                    self._do(**self.fill(step))
                    continue
                came = self._reverse(**step) if "reverse" in step else self._ask(step)
                yield step, came
                self._keep(step.get("keep", {}), came)

    def disagreements(self, *, ours: bool) -> list[str]:
        """What to say about each answer that is not the expected one."""
        found = []
        for step, came in self.play():
            answer = step.get("ours", step["answer"]) if ours else step["answer"]
            said = disagreement(step, self.fill(answer), came)
            found += [said] if said else []
            if said and "keep" in step:
                break  # what comes next needs what was to be kept
        return found

    def _settings(self) -> dict[str, Any]:
        wanted = self.transcript.all_settings
        before = {name: getattr(settings, name) for name in wanted if hasattr(settings, name)}
        return merged(before, wanted)

    def fill(self, value: Any) -> Any:
        """The same with what stands in the places of names."""
        match value:
            case str():
                whole = _PLACE.fullmatch(value)
                if whole:
                    return self._value(whole[1])
                return _PLACE.sub(lambda found: str(self._value(found[1])), value)
            case dict():
                return {self.fill(key): self.fill(each) for key, each in value.items()}
            case list():
                return [self.fill(each) for each in value]
            case _:
                return value

    def _value(self, name: str) -> Any:
        if name not in self.known:
            person, _, what = name.rpartition(".")
            if what == "totp":
                return self._totp(self.known[person])
            if person not in self.people or what not in {"access", "refresh"}:
                raise LookupError(f"nothing is called {name!r}")
            self._sign_in(person)
        return self.known[name]

    def _totp(self, secret: str) -> str:
        """What an app shows at this moment."""
        return f"{hotp(b32decode(secret), int(datetime.now(UTC).timestamp()) // 30):06d}"

    def _make(self, name: str, values: Mapping[str, Any]) -> None:
        model = get_user_model()
        values = dict(values)
        is_verified = values.pop("verified", False)
        codenames = [f"{each}_{model._meta.model_name}" for each in values.pop("permissions", ())]
        user = model._default_manager.create_user(**values)
        permissions = apps.get_model("auth", "Permission")._default_manager
        user.user_permissions.set(permissions.filter(codename__in=codenames))
        if is_verified:
            self.side.verify(user)
        self.people[name] = user
        self.known[f"{name}.id"] = user.pk if isinstance(user.pk, int) else str(user.pk)

    def _sign_in(self, name: str) -> None:
        tokens = self.side.sign_in(self.people[name], self.transcript.people[name]["password"])
        self.known |= {f"{name}.{key}": token for key, token in tokens.items()}

    def _do(self, do: str, **details: Any) -> None:
        match do:
            case "delete":
                self._user(details["who"]).delete()
            case "set":
                user = self._user(details["who"])
                for name, value in details["values"].items():
                    setattr(user, name, value)
                user.save(update_fields=list(details["values"]))
            case "revoke":
                self.side.revoke(details["token"])
            case "wait":
                self.clock.shift(details["seconds"])
            case _:
                raise LookupError(do)

    def _user(self, name: str) -> Any:
        return get_user_model()._default_manager.get(pk=self.known[f"{name}.id"])

    def _reverse(self, reverse: str, **step: Any) -> dict[str, Any]:
        try:
            path = path_of(reverse, kwargs=self.fill(step.get("kwargs", {})))
        except NoReverseMatch:
            return {}
        return {"path": path.removeprefix(self.transcript.peer.mount)}

    def _ask(self, step: Mapping[str, Any]) -> dict[str, Any]:
        method, path = self.fill(step["ask"]).split(" ", 1)
        content_type, body = self._body(step)
        headers = self._authorization(step) | self.fill(step.get("headers", {}))
        path = self.transcript.peer.mount + path
        before = len(mail.outbox)
        for _ in range(step.get("times", 1)):
            self.client.cookies = SimpleCookie(self.fill(step.get("cookies", {})))
            with TestCase.captureOnCommitCallbacks(execute=True):
                response = self.client.generic(method, path, body, content_type, headers=headers)
        came: dict[str, Any] = {"status": response.status_code}
        if response.content and response["Content-Type"] == "application/json":
            came["body"] = response.json()
        elif response.content:
            came["page"] = True
        if response.cookies:
            came["cookies"] = {name: cookie(each) for name, each in response.cookies.items()}
        self.jar = {name: each.value for name, each in response.cookies.items()}
        sent = mail.outbox[before:]
        if links := [link for message in sent for link in self._links(message)]:
            came["links"] = links
        if "mails" in step.get("answer", {}):
            came["mails"] = [address for message in sent for address in message.to]
        return came

    def _body(self, step: Mapping[str, Any]) -> tuple[str, bytes | str]:
        if "json" in step:
            return "application/json", json.dumps(self.fill(step["json"]))
        if "form" in step:
            return "application/x-www-form-urlencoded", urlencode(self.fill(step["form"]))
        if "multipart" in step:
            return MULTIPART_CONTENT, encode_multipart(BOUNDARY, self.fill(step["multipart"]))
        return step.get("type", "application/json"), self.fill(step.get("raw", ""))

    def _authorization(self, step: Mapping[str, Any]) -> dict[str, str]:
        if "authorization" in step:
            return {"Authorization": self.fill(step["authorization"])}
        token = f"{{{step['as']}.access}}" if "as" in step else step.get("token")
        return {"Authorization": f"Bearer {self.fill(token)}"} if token else {}

    def _links(self, message: Any) -> Iterator[str]:
        """What links a mail holds; the last one is remembered."""
        for kind, link in self.side.links(self.transcript).items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/\\s\"<>&]+)", re.escape(link))
            if found := re.search(pattern, message.body):
                self.link = found.groupdict()
                yield from (f"{kind} to {address}" for address in message.to)

    def _keep(self, keep: Mapping[str, str], came: Mapping[str, Any]) -> None:
        for name, path in keep.items():
            value: Any = {**came, "link": self.link, "jar": self.jar}
            for part in path.split("."):
                value = value[int(part) if isinstance(value, list) else part]
            self.known[name] = value
