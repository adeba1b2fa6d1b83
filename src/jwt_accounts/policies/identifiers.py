"""One canonical form for each thing a person may type to say who they are.

Compared values are canonical on both sides, so that no spelling of a name has a counter of its
own, and nobody registers a name that differs from another by case, width or composition alone
(NFKC and case folding as UTS #39 and RFC 8265 use them, IDNA for domains, E.164 for telephone
numbers).
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

try:
    import phonenumbers
except ImportError:  # the extra "phone" is not installed
    HAS_PHONENUMBERS = False
else:
    HAS_PHONENUMBERS = True

_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")


def is_storable(text: str) -> bool:
    r"""Whether a database can hold a text at all: no NUL, no half of a surrogate pair.

    >>> is_storable("naïve"), is_storable("a\x00b"), is_storable("\ud800")
    (True, False, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def canonical_text(value: str) -> str:
    """NFKC, case-folded, NFKC again (folding can undo the first), without outer white space.

    >>> canonical_text(" ＡＤＭＩＮ "), canonical_text("Straße"), canonical_text("STRASSE")
    ('admin', 'strasse', 'strasse')
    """
    folded = unicodedata.normalize("NFKC", value).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def shortened(text: str, limit: int) -> str:
    """A text of at most ``limit`` characters (65 or more) that is as unique as the whole.

    One character can become eighteen by NFKC, so a legal name can outgrow its column.

    >>> shortened("short", 80), len(shortened("\N{ARABIC LETTER ALEF}" * 900, 80))
    ('short', 80)
    """
    if len(text) <= limit:
        return text
    digest = sha256(text.encode()).hexdigest()
    return text[: limit - len(digest)] + digest


def canonical_email(value: str) -> str:
    """The canonical local part and the domain in its IDNA form.

    >>> canonical_email("Tom.Hanks@EXAMPLE.com"), canonical_email("a@bücher.example")
    ('tom.hanks@example.com', 'a@xn--bcher-kva.example')
    """
    local, at, domain = canonical_text(value).rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = domain
    return f"{local}{at}{ascii_domain.strip()}"


def canonical_phone(value: str, region: str | None = None) -> str | None:
    """The number as E.164, or None where it is no international number.

    A national number needs ``region`` (ISO 3166-1 alpha-2) and the extra ``phone``.

    >>> canonical_phone("+48 123-666-789"), canonical_phone("0048123666789"), canonical_phone("12")
    ('+48123666789', '+48123666789', None)
    """
    compact = contact_phone(value)
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    if HAS_PHONENUMBERS and region and not compact.startswith("+"):
        compact = _national_to_e164(compact, region)
    return compact if _E164.fullmatch(compact) else None


def _national_to_e164(compact: str, region: str) -> str:
    try:
        number = phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def contact_phone(value: str) -> str:
    """A number that is only written down: NFKC, without the separators people type.

    >>> contact_phone("0771 69 43 07")
    '0771694307'
    """
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", value))
