"""Registration: who may, what comes to be, who is told, and that nothing else happens."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from jwt_accounts.errors import EmailUnconfirmed, InvalidInput, RegistrationClosed, WrongCredentials
from jwt_accounts.flows import register as registration
from jwt_accounts.flows.register import register, register_discreetly
from jwt_accounts.flows.sign_in import SignedIn, sign_in
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.hooks import AccountHooks
from jwt_accounts.models import Account, Challenge, SecurityEvent, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.signals import user_registered
from jwt_accounts.types import IdentifierKind
from tests import hashers
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.letters import FRONT, PAGE, letter, letters, sent
from tests.recovery import mailed

pytestmark = pytest.mark.django_db

core = pytest.mark.core

ANN = "ann@example.com"
NUMBER = "+40 771 694 307"


class CompanyHooks(AccountHooks):
    """Only with an address of the company; and names of its own."""

    def may_register(self, *, username, email):
        return email.endswith("@example.com") and username != "nemo"

    def make_username(self, *, email):
        return f"made-for-{len(email)}"


def ann(**more: Any) -> Profile:
    """What Ann says of herself; the same words for each user model."""
    return Profile(**{"username": "ann", "email": ANN, **more})


def everything():
    """Every row that a registration could change, but for the count of what was sent."""
    return [list(each.objects.order_by("pk").values()) for each in (get_user_model(), Account)]


def account() -> Account:
    return Account.objects.get(email=ANN)


def taken(act) -> set[str]:
    """The fields that are refused because somebody else has them."""
    before = everything()
    with pytest.raises(InvalidInput) as refusal:
        act()
    assert everything() == before
    assert {code for (code,) in map(codes, refusal.value.fields.values())} == {"unique"}
    return set(refusal.value.fields)


def codes(errors):
    return [each.code for each in errors]


# What comes to be.


@core
def test_who_registers_can_sign_in_at_once(ctx):
    made = register(ctx, profile=ann(first_name="Ann", name="Ann A."), password=PASSWORD)
    assert made.email == ANN
    assert not made.email_confirmed
    result = sign_in(ctx, identifier=ANN, password=PASSWORD)
    assert isinstance(result, SignedIn)
    assert result.user.pk == made.id
    for name in user_fields().profile:
        assert getattr(result.user, name) == {"first_name": "Ann", "name": "Ann A."}.get(name, "")


@core
def test_who_registers_has_no_rights_whatever_the_defaults_of_the_model(ctx):
    made = register(ctx, profile=ann(), password=PASSWORD)
    user = get_user_model().objects.get(pk=made.id)
    assert user.is_active
    assert not user.is_staff
    assert not user.is_superuser
    assert not user.get_all_permissions()
    assert not UserSession.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["id", "pk", "password", "is_active", "is_staff", "is_superuser", "last_login", "date_joined"],
)
def test_nobody_says_of_themselves_what_decides_what_they_may(name):
    with pytest.raises(ValueError, match=name):
        Profile(extra={name: True})


def test_what_was_claimed_is_not_proved(ctx):
    register(ctx, profile=ann(phone=NUMBER), password=PASSWORD)
    found = account()
    assert found.unproved.split() == ["email", "phone"]
    assert (found.registered_at, found.password_changed_at) == (ctx.now, ctx.now)
    assert not found.email_is_confirmed


@pytest.mark.parametrize("confirms", [True, False])
def test_only_who_was_asked_to_confirm_is_waited_for(ctx, confirms):
    register(ctx, profile=ann(), password=PASSWORD, confirms=confirms, link=PAGE)
    assert account().awaits_confirmation is confirms
    assert Challenge.objects.exists() is confirms


@core
def test_a_phone_is_only_written_down(ctx):
    """An SMS to it costs its owner, and it is no way in before it is proved."""
    for name in ("ann", "bob"):
        profile = ann(username=name, email=f"{name}@example.com", phone=NUMBER)
        register(ctx, profile=profile, password=PASSWORD)
    assert account().phone == "+40771694307"
    assert set(Account.objects.values_list("phone_key", flat=True)) == {None}
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=NUMBER, password=PASSWORD)


def test_an_address_can_be_a_mere_contact_of_many(ctx):
    """Say, the owner's, of many devices."""
    for name in ("router", "switch"):
        register(
            ctx,
            profile=ann(username=name),
            password=PASSWORD,
            contacts={IdentifierKind.EMAIL, IdentifierKind.PHONE},
        )
    assert set(Account.objects.values_list("email", "email_key")) == {(ANN, None)}


@core
def test_what_one_signs_in_by_is_no_mere_contact(ctx):
    """Where the address is the user name, nobody could come in."""
    made = register(ctx, profile=ann(), password=PASSWORD, contacts=set(IdentifierKind))
    user = get_user_model().objects.get(pk=made.id)
    assert sign_in(ctx, identifier=user.get_username(), password=PASSWORD).user == user


def test_a_name_is_made_where_none_is_said(ctx):
    made = [
        register(ctx, profile=Profile(email=f"{n}@example.com"), password=PASSWORD)
        for n in ("ann", "bob")
    ]
    assert len({each.username for each in made}) == 2
    # Names are shown to others.
    assert not any(part in each.username for each in made for part in ("ann", "bob", "@"))


def test_the_host_makes_the_name_where_it_likes(ctx, settings):
    settings.JWT_ACCOUNTS = {"HOOKS": f"{__name__}.CompanyHooks"}
    assert register(ctx, profile=Profile(email=ANN), password=PASSWORD).username == "made-for-15"


def test_outer_white_space_is_no_part_of_a_name(ctx):
    made = register(ctx, profile=ann(username=" ann ", email=f" {ANN} "), password=PASSWORD)
    assert (made.username, made.email) == ("ann", ANN)


def test_the_signal_comes_after_the_commit_and_only_then(ctx, django_capture_on_commit_callbacks):
    heard = []

    def hear(user, ctx, **_kwargs):
        heard.append((user.email, ctx))

    user_registered.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            register(ctx, profile=ann(), password=PASSWORD)
            assert heard == []
        assert heard == [(ANN, ctx)]
        taken(lambda: register(ctx, profile=ann(), password=PASSWORD))
        assert len(heard) == 1
    finally:
        user_registered.disconnect(hear)


def test_the_row_is_the_record_of_it(ctx):
    register(ctx, profile=ann(), password=PASSWORD, confirms=True)
    assert not SecurityEvent.objects.exists()


# Who may.


@core
@pytest.mark.parametrize("mode", ["invitation", "closed"])
@pytest.mark.parametrize("act", [register, register_discreetly])
def test_nobody_registers_where_it_is_not_open(ctx, settings, mode, act):
    settings.JWT_ACCOUNTS = {"REGISTRATION": mode}
    before = everything()
    for profile in (ann(), ann(email="nonsense"), Profile(username="", email="")):
        with pytest.raises(RegistrationClosed):
            act(ctx, profile=profile, password="x")
    assert everything() == before
    assert hashers.runs == []


@pytest.mark.parametrize("act", [register, register_discreetly])
def test_the_host_says_who_may(ctx, settings, act):
    settings.JWT_ACCOUNTS = {"HOOKS": f"{__name__}.CompanyHooks"}
    for profile in (ann(email="ann@elsewhere.example"), ann(username="nemo")):
        with pytest.raises(RegistrationClosed):
            act(ctx, profile=profile, password=PASSWORD)
    assert not get_user_model().objects.exists()
    act(ctx, profile=ann(), password=PASSWORD)
    assert account()


@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_a_host_cannot_open_by_its_hook_what_is_closed(ctx, settings, mode):
    settings.JWT_ACCOUNTS = {"HOOKS": f"{__name__}.CompanyHooks", "REGISTRATION": mode}
    with pytest.raises(RegistrationClosed):
        register(ctx, profile=ann(), password=PASSWORD)


# What is taken.

SPELLINGS = ["ann@example.com", "ANN@EXAMPLE.COM", " Ann@Example.com", "ann@\uff25xample.com"]


@core
@pytest.mark.parametrize("email", SPELLINGS)
def test_a_taken_address_is_named_in_any_spelling(ctx, make_user, email):
    make_user("somebody", email=ANN)
    act = lambda: register(ctx, profile=ann(email=email), password=PASSWORD)  # noqa: E731
    assert taken(act) == {"email"}


@pytest.mark.parametrize("name", ["Ann", "ann", "ANN ", "\uff41nn"])
def test_a_taken_name_is_named_in_any_spelling(ctx, make_user, name):
    make_user("Ann", email="somebody@example.com")
    act = lambda: register(ctx, profile=ann(username=name), password=PASSWORD)  # noqa: E731
    assert taken(act) == {"username"}


def test_all_that_is_taken_is_named(ctx, make_user):
    make_user("ann", email=ANN)
    assert taken(lambda: register(ctx, profile=ann(), password=PASSWORD)) == {"username", "email"}


def test_what_users_of_another_source_have_is_taken_too(ctx, make_user):
    make_user("ann", email=ANN)
    Account.objects.all().delete()
    assert taken(lambda: register(ctx, profile=ann(), password=PASSWORD)) == {"username", "email"}


@core
@pytest.mark.parametrize("act", [register, register_discreetly])
def test_who_is_a_moment_slower_gets_nothing(ctx, make_user, monkeypatch, act):
    """Somebody takes the address between the look and the write."""

    def slow(password):
        make_user("ann", email=ANN)
        return f"hash of {len(password)}"

    monkeypatch.setattr(registration, "make_password", slow)
    profile = ann(username="ann2")
    if act is register:
        with pytest.raises(InvalidInput) as refusal:
            act(ctx, profile=profile, password=PASSWORD)
        assert set(refusal.value.fields) == {"email"}
    else:
        assert sent(lambda: act(ctx, profile=profile, password=PASSWORD)) == [
            (ANN, "address_taken")
        ]
    assert get_user_model().objects.count() == Account.objects.count() == 1


# What cannot be.

IMPOSSIBLE: list[dict[str, str]] = [
    {"email": "nonsense"},
    {"email": "ann@"},
    {"email": f"{'a' * 300}@example.com"},
    {"username": "a" * 151},
    {"username": "no spaces"},
    {"username": ""},
    {"first_name": "a" * 151},
]


@pytest.mark.parametrize("wrong", IMPOSSIBLE, ids=str)
@pytest.mark.parametrize("act", [register, register_discreetly])
def test_the_hosts_own_validators_are_asked(ctx, wrong, act):
    with pytest.raises(InvalidInput) as refusal:
        act(ctx, profile=ann(**wrong), password=PASSWORD)
    assert set(refusal.value.fields) == set(wrong)
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("password", ["short", "password123", "a" * 4097])
@pytest.mark.parametrize("act", [register, register_discreetly])
def test_the_rules_of_passwords_hold_and_tell_of_nobody(ctx, make_user, known, password, act):
    if known and act is register_discreetly:
        make_user("ann", email=ANN)
    before = everything()
    with pytest.raises(InvalidInput) as refusal:
        act(ctx, profile=ann(), password=password)
    assert set(refusal.value.fields) == {"password"}
    assert everything() == before


def test_a_password_may_not_be_like_what_one_says_of_oneself(ctx, settings):
    name = "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": name}]
    with pytest.raises(InvalidInput) as refusal:
        register(ctx, profile=ann(username="ann-of-green-gables"), password="ann-of-green-gables")
    assert codes(refusal.value.fields["password"]) == ["password_too_similar"]


# The message.


@core
def test_the_message_asks_to_confirm_by_a_link_and_by_a_code(ctx):
    found = letter(
        lambda: register(ctx, profile=ann(), password=PASSWORD, confirms=True, link=PAGE)
    )
    assert (found.to, found.about) == (ANN, "confirm_email")
    assert found.link == f"{FRONT}confirm-email#{found.token}"
    assert found.code.isdigit()


def test_nothing_that_the_message_holds_is_stored(ctx):
    found = letter(lambda: register_discreetly(ctx, profile=ann(), password=PASSWORD, link=PAGE))
    row = Challenge.objects.get()
    stored = repr(Challenge.objects.values().get()).replace(row.pk, "")
    assert found.token.partition(".")[2] not in stored
    assert found.code not in [str(value) for value in Challenge.objects.values_list().get()]


def test_the_message_has_no_word_of_who_registered(ctx):
    """Else anybody could have anything mailed to anybody, under the site's name."""
    (message,) = mailed(
        lambda: register_discreetly(
            ctx,
            profile=ann(username="buy-cheap-pills", first_name="Clickbait", last_name="Hereby"),
            password=PASSWORD,
            link=PAGE,
        )
    )
    whole = f"{message.subject}{message.body}{message.alternatives[0].content}"
    assert not any(word in whole for word in ("buy-cheap", "Clickbait", "Hereby"))


def test_without_a_front_end_the_message_holds_the_code_alone(ctx, settings):
    settings.JWT_ACCOUNTS = {}
    found = letter(lambda: register_discreetly(ctx, profile=ann(), password=PASSWORD, link=PAGE))
    assert found.link == ""
    assert found.code


def test_who_is_not_asked_to_confirm_gets_no_message(ctx):
    assert letters(lambda: register(ctx, profile=ann(), password=PASSWORD, link=PAGE)) == []


def test_a_registration_that_is_rolled_back_sends_nothing(ctx):
    def undone():
        with transaction.atomic():
            register_discreetly(ctx, profile=ann(), password=PASSWORD, link=PAGE)
            transaction.set_rollback(True)

    assert mailed(undone) == []
    assert not Challenge.objects.exists()


@core
def test_where_only_the_confirmed_sign_in_who_was_asked_must_first_confirm(ctx, settings):
    settings.JWT_ACCOUNTS = {"CONFIRMED_EMAIL_ONLY": True}
    register(ctx, profile=ann(), password=PASSWORD, confirms=True)
    with pytest.raises(EmailUnconfirmed):
        sign_in(ctx, identifier=ANN, password=PASSWORD)
    with pytest.raises(WrongCredentials):  # told only to who knows the password
        sign_in(ctx, identifier=ANN, password="wrong")
    other = ann(username="bob", email="bob@example.com")
    register(ctx, profile=other, password=PASSWORD, confirms=False)
    assert isinstance(sign_in(ctx, identifier="bob@example.com", password=PASSWORD), SignedIn)


# Discreetly: nobody is told what is taken but who has it.


@core
@pytest.mark.parametrize("email", SPELLINGS)
def test_who_has_the_address_gets_a_note_where_it_is_stored(ctx, make_user, email):
    make_user("somebody", email="Ann@Example.com")
    before = everything()
    notes = letters(
        lambda: register_discreetly(ctx, profile=ann(email=email), password=PASSWORD, link=PAGE)
    )
    assert [(each.to, each.about, each.link) for each in notes] == [
        ("Ann@Example.com", "address_taken", "")
    ]
    assert everything() == before


def test_a_note_is_not_sent_twice_in_a_moment(ctx, make_user):
    make_user("somebody", email=ANN)

    def again(at):
        return sent(lambda: register_discreetly(at, profile=ann(), password=PASSWORD, link=PAGE))

    moments = [0, 1, 59, 60, 61, 120]
    found = [len(again(later(ctx, seconds=each))) for each in moments]
    assert found == [1, 0, 0, 1, 0, 1]


def test_no_more_notes_are_sent_than_messages_of_any_kind(ctx, make_user, settings):
    settings.JWT_ACCOUNTS = {"RECOVERY_LIMIT": "3/h"}
    make_user("somebody", email=ANN)

    def again(at):
        return sent(lambda: register_discreetly(at, profile=ann(), password=PASSWORD))

    found = [len(again(later(ctx, minutes=2 * each))) for each in range(6)]
    assert found == [1, 1, 1, 0, 0, 0]


def test_where_only_the_name_is_taken_who_asked_is_told(ctx, make_user):
    make_user("Ann", email="somebody@example.com")
    act = lambda at=ctx: register_discreetly(at, profile=ann(), password=PASSWORD)  # noqa: E731
    assert sent(act) == [(ANN, "name_taken")]
    assert sent(act) == []
    assert sent(lambda: act(later(ctx, minutes=1))) == [(ANN, "name_taken")]
    assert get_user_model().objects.count() == 1


def test_the_note_on_a_name_holds_no_word_of_who_registered(ctx, make_user):
    make_user("buy-cheap-pills")
    (message,) = mailed(
        lambda: register_discreetly(
            ctx, profile=ann(username="BUY-cheap-pills"), password=PASSWORD, link=PAGE
        )
    )
    assert "cheap" not in f"{message.subject}{message.body}{message.alternatives[0].content}"


def test_without_an_address_to_write_to_a_taken_name_is_refused(ctx, make_user):
    make_user("ann", email="")
    profile = Profile(username="ann")
    assert taken(lambda: register_discreetly(ctx, profile=profile, password=PASSWORD)) == {
        "username"
    }


def test_who_registers_again_unconfirmed_is_reminded_and_nothing_is_taken_over(ctx):
    register_discreetly(ctx, profile=ann(), password=PASSWORD, link=PAGE)
    again = lambda: register_discreetly(  # noqa: E731
        ctx, profile=ann(), password="another password", link=PAGE
    )
    assert sent(again) == [(ANN, "address_taken")]
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=ANN, password="another password")
    user = sign_in(ctx, identifier=ANN, password=PASSWORD).user
    assert identifier_of(user) in {"ann", ANN}
