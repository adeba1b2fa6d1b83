"""What a tenant may be called, and which of its members stands above which."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from jwt_accounts.policies.identifiers import is_storable

#: RFC 1123 section 2.1: one label of a host name.
LONGEST_SLUG = 63
LONGEST_NAME = 100

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NAMELESS = "tenant"


class MemberRole(StrEnum):
    """What a member may do in a tenant. A host's permissions have nothing to do with it."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class Joining(StrEnum):
    """Who joins a tenant: whoever names it, or whom its owners and admins invite."""

    OPEN = "open"
    INVITATION = "invitation"


_RANKS = {MemberRole.MEMBER: 0, MemberRole.ADMIN: 1, MemberRole.OWNER: 2}


def manages(role: str) -> bool:
    """Whether a member of this role invites and removes others.

    >>> manages("owner"), manages("admin"), manages("member")
    (True, True, False)
    """
    return _RANKS[MemberRole(role)] > 0


def may_manage(actor: str, other: str) -> bool:
    """Whether a member of the first role may give the second, or take it away. Nobody reaches
    above themselves.

    >>> may_manage("admin", "admin"), may_manage("admin", "owner"), may_manage("member", "member")
    (True, False, False)
    """
    return manages(actor) and _RANKS[MemberRole(other)] <= _RANKS[MemberRole(actor)]


def canonical_slug(value: str) -> str | None:
    """A slug in lower case: letters, digits and hyphens, at most 63, as a host name has them. Two
    hyphens in the third place are left to other alphabets (RFC 5891 section 4.2.3.1).

    >>> canonical_slug("Acme-2"), canonical_slug("-acme"), canonical_slug("a_b")
    ('acme-2', None, None)
    >>> canonical_slug("xn--bcher-kva"), canonical_slug("a" * 64), canonical_slug("acmé")
    (None, None, None)
    """
    if len(value) > LONGEST_SLUG or not value.isascii():
        return None
    slug = value.lower()
    return slug if _SLUG.fullmatch(slug) and slug[2:4] != "--" else None


def slug_of(name: str, suffix: str = "") -> str:
    """A slug made of a name.

    >>> slug_of("Crème & Brûlée, Ltd."), slug_of("Acme", "7f3a"), slug_of("株式会社")
    ('creme-brulee-ltd', 'acme-7f3a', 'tenant')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    ending = f"-{suffix}" if suffix else ""
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: LONGEST_SLUG - len(ending)].rstrip("-")
    return (slug or _NAMELESS) + ending


def canonical_name(value: str) -> str | None:
    r"""What people call a tenant: a text of one line, without outer white space.

    >>> canonical_name(" Acme, Inc. "), canonical_name(" "), canonical_name("a\nb")
    ('Acme, Inc.', None, None)
    """
    name = value.strip()
    if not name or len(name) > LONGEST_NAME or not is_storable(name) or _CONTROL.search(name):
        return None
    return name
