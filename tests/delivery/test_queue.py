"""What waits for the commit, what a failure changes, and what is logged of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import django
import pytest
from django.db import transaction

from jwt_accounts.delivery import queue
from jwt_accounts.delivery.queue import AtOnce, TaskFailed, enqueue_on_commit, sends_at_once
from tests.delivery import jobs
from tests.delivery.conftest import PIN

LIBRARY = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
BROKEN_SMS = {"SMS_SENDER": "tests.delivery.senders.BrokenSender"}
BROKEN_MAIL = "tests.delivery.senders.BrokenMailServer"
TO = "bob@example.com"


@dataclass
class Away:
    """A task of a queue that is away, and says with which arguments."""

    module_path: str = "tests.delivery.jobs.away"

    def enqueue(self, *args, **kwargs):
        raise ConnectionRefusedError(111, f"no queue for {args} {kwargs}")


@pytest.fixture
def done():
    jobs.done.clear()
    return jobs.done


@pytest.fixture
def logged(caplog):
    """Everything any logger says, as a handler prints it."""
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text


@pytest.fixture
def _no_library(monkeypatch):
    monkeypatch.setattr(queue, "_tasks", None)


@pytest.fixture
def _broken_mail(settings):
    settings.MAILERS = {"default": {"BACKEND": BROKEN_MAIL}}
    if django.VERSION < (6, 1):
        settings.EMAIL_BACKEND = BROKEN_MAIL


def use(settings, backend, library=LIBRARY):
    name = {"dummy": "DummyBackend", "immediate": "ImmediateBackend"}[backend]
    settings.TASKS = {"default": {"BACKEND": f"{library}.backends.{backend}.{name}"}}


def undo(task, *arguments):
    """Enqueue in a transaction that is rolled back."""
    with transaction.atomic():
        enqueue_on_commit(task, *arguments, using="default")
        transaction.set_rollback(True)


def test_the_library_is_the_one_of_this_django():
    assert queue._tasks.__name__ == LIBRARY


def test_a_worker_finds_a_task_by_its_path():
    assert jobs.note.module_path == "tests.delivery.jobs.note"
    assert jobs.note.name == "note"


def test_a_task_waits_for_the_commit(done, django_capture_on_commit_callbacks, db):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        enqueue_on_commit(jobs.note, "a", using="default")
        enqueue_on_commit(jobs.note, word="b", using="default")
        assert done == []
    assert done == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_task_along(done):
    undo(jobs.note, "lost")
    with transaction.atomic():
        enqueue_on_commit(jobs.note, "kept", using="default")
    assert done == ["kept"]


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_a_task_is_enqueued_at_once(done):
    enqueue_on_commit(jobs.note, "a", using="default")
    assert done == ["a"]


@pytest.mark.django_db(transaction=True)
def test_nothing_leaves_when_the_transaction_is_undone(mailoutbox):
    undo(jobs.email_pin, TO, PIN)
    assert mailoutbox == []
    enqueue_on_commit(jobs.email_pin, TO, PIN, using="default")
    assert PIN in mailoutbox[0].body


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_is_away_changes_nothing_and_is_logged(done, logged):
    with transaction.atomic():
        enqueue_on_commit(Away(), PIN, using="default")
        enqueue_on_commit(jobs.note, "next", using="default")
    assert done == ["next"]
    told = "tests.delivery.jobs.away was not enqueued: builtins.ConnectionRefusedError 111 at "
    assert told in logged()
    assert PIN not in logged()


@pytest.mark.django_db(transaction=True)
def test_an_argument_that_no_queue_takes_is_logged_without_it(logged, change):
    enqueue_on_commit(jobs.note, {PIN: change["at"]}, using="default")
    assert "tests.delivery.jobs.note was not enqueued: builtins.TypeError at " in logged()
    assert "2026" not in logged()
    assert PIN not in logged()


@pytest.mark.usefixtures("_broken_mail")
@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_away_changes_nothing(logged):
    enqueue_on_commit(jobs.email_pin, TO, PIN, using="default")
    assert "TaskFailed: builtins.ConnectionRefusedError 111 at tests.delivery.senders:" in logged()
    assert "state=FAILED" in logged()
    assert PIN not in logged()
    assert TO not in logged()


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_raises_is_logged_without_the_text(logged, settings):
    settings.JWT_ACCOUNTS = BROKEN_SMS
    enqueue_on_commit(jobs.text_pin, "+40721000001", PIN, using="default")
    assert "TaskFailed: builtins.ConnectionRefusedError 111 at tests.delivery.senders:" in logged()
    assert PIN not in logged()
    assert "+40721000001" not in logged()


def test_what_a_queue_keeps_of_a_failure_does_not_quote_it(settings):
    settings.JWT_ACCOUNTS = BROKEN_SMS
    result = jobs.text_pin.enqueue("+40721000001", PIN)
    [error] = result.errors
    assert error.exception_class is TaskFailed
    assert PIN not in error.traceback
    assert "refused" not in error.traceback


@pytest.mark.usefixtures("_no_library", "_broken_mail")
@pytest.mark.django_db(transaction=True)
def test_without_a_library_a_failure_is_logged_too(logged, settings):
    settings.JWT_ACCOUNTS = BROKEN_SMS
    made = queue.task(jobs.broken)
    enqueue_on_commit(made, PIN, using="default")
    made.enqueue(pin=PIN)
    told = "Task tests.delivery.jobs.broken failed: builtins.ValueError at tests.delivery.jobs:"
    assert logged().count(told) == 2
    assert PIN not in logged()


@pytest.mark.usefixtures("_no_library")
def test_without_a_library_a_task_runs_at_once(done):
    made = queue.task(jobs.plain)
    assert isinstance(made, AtOnce)
    assert made.module_path == "tests.delivery.jobs.plain"
    made.enqueue("a")
    made.enqueue(word="b")
    assert done == ["a", "b"]
    assert sends_at_once()


def test_neither_package_is_needed(monkeypatch):
    monkeypatch.setattr(queue, "find_spec", lambda name: None)
    assert queue._installed() is None


def test_the_default_queue_sends_at_once():
    assert sends_at_once()


@pytest.mark.parametrize(("backend", "at_once"), [("immediate", True), ("dummy", False)])
@pytest.mark.parametrize("library", sorted({LIBRARY, "django_tasks"}))
def test_the_host_chooses_the_queue(library, backend, at_once, settings, done):
    pytest.importorskip(library)
    use(settings, backend, library)
    assert sends_at_once() == at_once
    queue.task(jobs.note.func).enqueue("a")
    assert done == (["a"] if at_once else [])


def test_a_task_made_before_follows_the_setting(settings, done):
    use(settings, "dummy")
    jobs.note.enqueue("a")
    assert done == []
