"""Work for later, over Django's Tasks: ``django.tasks`` (Django 6.0), else its back-port.

The back-port for Django 5.2 is the package ``django-tasks`` (the extra ``tasks``). It need not be
in ``INSTALLED_APPS``: with its default, the immediate backend, that adds its system checks only. A
backend that keeps tasks in the database is an app of its own. Where neither is installed, a task
runs at once.

The host says in ``TASKS`` where tasks go: they use the backend ``default`` and its queue
``default``. Without either of them Django refuses to import a task. Arguments must be JSON. A queue
keeps them where it keeps its tasks: what must not lie there is no argument.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from traceback import walk_tb
from typing import Any, Generic, ParamSpec, Protocol

from django.db import transaction

P = ParamSpec("P")

logger = logging.getLogger("jwt_accounts")


class Task(Protocol[P]):
    """What Django's ``Task`` is to this library."""

    @property
    def module_path(self) -> str:
        """The dotted path of the function."""

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> object:
        """Hand it to the queue. Raises whatever the queue raises."""


class TaskFailed(Exception):
    """A task raised. Says which error and where; never its text, which may quote an argument."""


@dataclass(frozen=True, slots=True)
class AtOnce(Generic[P]):
    """A task where no queue is installed. A failure is logged."""

    func: Callable[P, None]

    @property
    def module_path(self) -> str:
        """The dotted path of the function."""
        return f"{self.func.__module__}.{self.func.__qualname__}"

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Run it now."""
        try:
            self.func(*args, **kwargs)
        except Exception as error:  # as Django's immediate backend does
            _log("Task %s failed: %s", self.module_path, error)


def _installed() -> Any:
    for name in ("django.tasks", "django_tasks"):
        if find_spec(name) is not None:
            return import_module(name)
    return None


_tasks = _installed()


def task(function: Callable[P, None]) -> Task[P]:
    """Make a function of a module a task. A worker finds it by its dotted path.

    Whatever it raises reaches the queue, which logs it, as :class:`TaskFailed`.
    """

    @wraps(function)
    def discreet(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:  # every mail server and gateway has its own
            failure = _describe(error)
        else:
            return
        # Out here the first error is no context of this one, and in no traceback.
        raise TaskFailed(failure)

    if _tasks is None:
        return AtOnce(discreet)
    made: Task[P] = _tasks.task(discreet)
    return made


def enqueue_on_commit(task: Task[...], *args: Any, using: str, **kwargs: Any) -> None:
    """Enqueue after the transaction on the database ``using`` commits; never after a rollback.

    A queue that is away is logged and changes no answer.
    """

    def enqueue() -> None:
        try:
            task.enqueue(*args, **kwargs)
        except Exception as error:  # every queue has errors of its own
            _log("Task %s was not enqueued: %s", task.module_path, error)

    transaction.on_commit(enqueue, using=using, robust=True)


def sends_at_once() -> bool:
    """Whether a task runs inside the request, whose duration then tells that something was sent."""
    if _tasks is None:
        return True
    backend = type(_tasks.task_backends["default"])
    # By name: on Django 6.0 `TASKS` may name the back-port's.
    return any(each.__name__ == "ImmediateBackend" for each in backend.__mro__)


def _log(message: str, path: str, error: Exception) -> None:
    # Without `exc_info`: its text may quote an argument.
    logger.error(message, path, error if isinstance(error, TaskFailed) else _describe(error))


def _describe(error: Exception) -> str:
    """Such as ``smtplib.SMTPAuthenticationError 535 at smtplib:662``."""
    kind = type(error)
    codes = (getattr(error, name, None) for name in ("smtp_code", "errno"))
    number = next((f" {code}" for code in codes if isinstance(code, int)), "")
    *_, (frame, line) = walk_tb(error.__traceback__)
    where = f"{frame.f_globals.get('__name__')}:{line}"
    return f"{kind.__module__}.{kind.__qualname__}{number} at {where}"
