"""How comments and the stream look on the wire, in every contract that has them."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from jwt_accounts.contrib.activity.flows import ActivitySummary, CommentSummary
from jwt_accounts.contrib.activity.people import Person
from jwt_accounts.contrib.activity.policy import LONGEST_COMMENT
from jwt_accounts.http.inputs import Inputs, Text


class CommentInputs(Inputs):
    """A comment. Its lines may end in two characters each."""

    text = Text(max_length=2 * LONGEST_COMMENT)


class PersonBody(TypedDict):
    """A user by the public id; ``username`` is empty where users have none."""

    pk: str
    username: str


class CommentBody(TypedDict):
    """A comment and who wrote it."""

    id: str
    author: PersonBody
    text: str
    created_at: str


class ActivityBody(TypedDict):
    """Who did what, to whom and when. ``target`` is None for what concerns the actor alone."""

    id: str
    actor: PersonBody
    verb: str
    target: PersonBody | None
    created_at: str


def comment_body(comment: CommentSummary) -> CommentBody:
    """A comment."""
    return CommentBody(
        id=str(comment.id),
        author=person_body(comment.author),
        text=comment.text,
        created_at=_moment(comment.created_at),
    )


def activity_body(entry: ActivitySummary) -> ActivityBody:
    """An entry of the stream."""
    return ActivityBody(
        id=str(entry.id),
        actor=person_body(entry.actor),
        verb=str(entry.verb),
        target=None if entry.target is None else person_body(entry.target),
        created_at=_moment(entry.created_at),
    )


def person_body(person: Person) -> PersonBody:
    """A user."""
    return PersonBody(pk=str(person.public_id), username=person.username)


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"
