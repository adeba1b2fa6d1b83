"""What browsers are asked about passkeys, and whether what they answer is right (WebAuthn level 3,
sections 7.1 and 7.2): the one door to the package ``webauthn``.

Whatever is wrong with an answer is one refusal, ``CodeInvalid``, and nothing tells what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from django.views.decorators.debug import sensitive_variables
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    encode_cbor,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_cbor,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from jwt_accounts.errors import CodeInvalid
from jwt_accounts.policies.mfa import PASSKEY_LIFETIME
from jwt_accounts.policies.passkeys import RelyingParty

if TYPE_CHECKING:
    from jwt_accounts.contrib.mfa.models import PasskeyFactor

_MILLISECONDS: Final = int(PASSKEY_LIFETIME.total_seconds() * 1000)
#: Characters of any text in an answer.
_LONGEST: Final = 2**16
#: Bytes of a credential's id (WebAuthn section 4), and of a public key: one of RSA has 530.
_LONGEST_ID: Final = 1023
_LONGEST_KEY: Final = 1024
_TEXTS: Final = (
    *("clientDataJSON", "attestationObject"),
    *("authenticatorData", "signature", "userHandle"),
)
#: What the package, its CBOR and JSON, and cryptography raise for what is no answer at all.
_FAULTS: Final = (
    *(WebAuthnException, UnsupportedAlgorithm),
    *(ValueError, TypeError, LookupError, RecursionError),
)


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was just made; the first two in base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: tuple[str, ...]


def creation_options(
    party: RelyingParty,
    *,
    site: str,
    handle: bytes,
    name: str,
    challenge: bytes,
    present: Iterable[PasskeyFactor],
) -> dict[str, Any]:
    """What a browser makes a passkey of. ``handle`` stands for the user and says nothing of them;
    ``name`` is what they see; ``present`` are those that are not to be made again."""
    options = generate_registration_options(
        rp_id=party.domain,
        rp_name=site or party.domain,
        user_id=handle,
        user_name=name or "user",
        challenge=challenge,
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(present),
    )
    return options_to_json_dict(options)


def request_options(
    party: RelyingParty, *, challenge: bytes, present: Iterable[PasskeyFactor]
) -> dict[str, Any]:
    """What a browser asks a passkey for: one of those that are ``present``."""
    options = generate_authentication_options(
        rp_id=party.domain,
        challenge=challenge,
        timeout=_MILLISECONDS,
        allow_credentials=_descriptors(present),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json_dict(options)


@sensitive_variables()
def verify_new(
    credential: Mapping[str, Any], *, party: RelyingParty, challenge: bytes
) -> NewPasskey:
    """The passkey that was made. No statement of its maker's is asked for, so none is looked at:
    only what every authenticator says. Raises :class:`CodeInvalid`."""
    with _refused():
        _check_lengths(credential)
        made = parse_registration_credential_json(dict(credential))
        _check_same_origin(made.response.client_data_json)
        stated = parse_cbor(made.response.attestation_object)
        plain = {"fmt": "none", "attStmt": {}, "authData": stated["authData"]}
        made.response.attestation_object = encode_cbor(plain)
        verified = verify_registration_response(
            credential=made,
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=list(party.origins),
        )
        _check_key(verified.credential_public_key)
        if verified.credential_id != made.raw_id or len(made.raw_id) > _LONGEST_ID:
            raise CodeInvalid
        return NewPasskey(
            credential_id=bytes_to_base64url(verified.credential_id),
            public_key=bytes_to_base64url(verified.credential_public_key),
            sign_count=verified.sign_count,
            transports=tuple(dict.fromkeys(each.value for each in made.response.transports or ())),
        )


@sensitive_variables()
def read_signed(credential: Mapping[str, Any]) -> AuthenticationCredential:
    """What a passkey signed. Whether it is right is to be seen. Raises :class:`CodeInvalid`."""
    with _refused():
        _check_lengths(credential)
        signed = parse_authentication_credential_json(dict(credential))
        # The one spelling in which it is looked up.
        if bytes_to_base64url(signed.raw_id) != signed.id or len(signed.raw_id) > _LONGEST_ID:
            raise CodeInvalid
        return signed


@sensitive_variables()
def verify_signed(
    signed: AuthenticationCredential,
    *,
    party: RelyingParty,
    challenge: bytes,
    handle: bytes,
    public_key: str,
) -> int:
    """How often the passkey was used, as it says itself. Raises :class:`CodeInvalid`."""
    with _refused():
        _check_same_origin(signed.response.client_data_json)
        if (signed.response.user_handle or handle) != handle:
            raise CodeInvalid
        verified = verify_authentication_response(
            credential=signed,
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=list(party.origins),
            credential_public_key=base64url_to_bytes(public_key),
            # Whoever asks compares the counts, in one statement with writing the new one.
            credential_current_sign_count=0,
        )
        return verified.new_sign_count


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        raise CodeInvalid from error


def _check_lengths(credential: Mapping[str, Any]) -> None:
    response = credential["response"]
    if not isinstance(response, Mapping):
        raise CodeInvalid
    texts = [credential["id"], credential["rawId"], *(response.get(name, "") for name in _TEXTS)]
    if any(len(text or "") > _LONGEST for text in texts):
        raise CodeInvalid


def _check_same_origin(client_data: bytes) -> None:
    """Nobody is asked in a frame of another site's."""
    if parse_client_data_json(client_data).cross_origin:
        raise CodeInvalid


def _check_key(public_key: bytes) -> None:
    """A key that can be used: it is read again at every sign-in."""
    if len(public_key) > _LONGEST_KEY:
        raise CodeInvalid
    decoded_public_key_to_cryptography(decode_credential_public_key(public_key))


def _descriptors(factors: Iterable[PasskeyFactor]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(each.credential_id),
            transports=[AuthenticatorTransport(name) for name in each.transports],
        )
        for each in factors
    ]
