"""Another address, number or name: only what is shown to be one's own takes the place of the
present one, and who had the present one is told."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from jwt_accounts.credentials.challenges import pin_for
from jwt_accounts.errors import (
    AccountLocked,
    AlreadyConfirmed,
    EmailUnconfirmed,
    InvalidInput,
    LinkExpired,
    LinkInvalid,
    NotFound,
    PinExpired,
    PinInvalid,
    WrongCredentials,
)
from jwt_accounts.flows import change_identifier, replace_identifier
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.change_identifier import change_email, change_phone, change_username
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.confirm_email import confirm_change_by_code, confirm_email
from jwt_accounts.flows.delete_account import delete_own_account
from jwt_accounts.flows.lock_account import lift_staff_lock, lock_account
from jwt_accounts.flows.manage_users import UserValues, edit_user
from jwt_accounts.flows.register import register
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, Challenge, SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.signals import user_changed
from jwt_accounts.types import EventKind, IdentifierKind
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.letters import PAGE, letters, sent
from tests.recovery import NEW, Texts, give_phone, pin_in, wrong

pytestmark = pytest.mark.django_db

core = pytest.mark.core

ANN, ANNE = "ann@example.com", "anne@example.com"
EMAIL, PHONE = IdentifierKind.EMAIL, IdentifierKind.PHONE
OLD, NUMBER = "+40 771 694 300", "+40 771 694 307"


@pytest.fixture
def ann(make_user):
    return make_user("ann")


@pytest.fixture
def sms(settings, tmp_path):
    texts = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **texts.settings}
    return texts


@pytest.fixture
def squat(ctx):
    """A factory of people who merely claim an address and a number, as ways in."""

    def make(email=ANNE, phone="", username="squatter"):
        profile = Profile(username=username, email=email, phone=phone)
        made = register(ctx, profile=profile, password=PASSWORD, contacts=())
        return get_user_model().objects.get(pk=made.id)

    return make


def asks(ctx, user, email=ANNE, **more):
    """The messages that go out when the user asks for another address."""
    arguments = {"current": PASSWORD, "link": PAGE, **more}
    return letters(lambda: change_email(ctx, user=user, email=email, **arguments))


def asked(ctx, user, email=ANNE, **more):
    (found,) = asks(ctx, user, email, **more)
    return found


def texted(ctx, sms, user, phone=NUMBER):
    """The code that comes when the user asks for another number."""
    change_phone_of(ctx, user, phone)
    (text,) = sms.new()
    assert text.startswith(f"To: {phone.replace(' ', '')}\n")
    return pin_in(text.partition("\n")[2])


def change_phone_of(ctx, user, phone=NUMBER, current=PASSWORD):
    letters(lambda: change_phone(ctx, user=user, phone=phone, current=current))


def refused(act) -> dict[str, str]:
    """The fields that are refused, each with its first code; nothing is changed."""
    before = everything()
    with pytest.raises(InvalidInput) as refusal:
        act()
    assert everything() == before
    return {name: errors[0].code for name, errors in refusal.value.fields.items()}


def everything():
    """Every row that a change writes; when a password was last tried is none of it."""
    tables = (get_user_model(), Account, SecurityEvent)
    rows = [list(each.objects.order_by("pk").values()) for each in tables]
    return [[{**row, "tried_at": None} for row in table] for table in rows]


def email_of(user) -> str:
    return get_user_model().objects.get(pk=user.pk).email


def account_of(user) -> Account:
    return Account.objects.get(user=user)


def enters(ctx, identifier) -> bool:
    try:
        sign_in(ctx, identifier=identifier, password=PASSWORD)
    except WrongCredentials:
        return False
    return True


# The address.


@core
@pytest.mark.parametrize("by", ["link", "code"])
def test_a_new_address_takes_the_place_only_when_it_is_confirmed(ctx, ann, by):
    found = asked(ctx, ann)
    assert (found.to, found.about) == (ANNE, "change_email")
    assert email_of(ann) == ANN
    assert enters(ctx, ANN)
    assert not enters(ctx, ANNE)
    if by == "link":
        notes = letters(lambda: confirm_email(ctx, token=found.token))
    else:
        notes = letters(lambda: confirm_change_by_code(ctx, user=ann, kind=EMAIL, code=found.code))
    assert email_of(ann) == ANNE
    assert enters(ctx, ANNE)
    assert not enters(ctx, ANN)
    assert account_of(ann).email_is_confirmed
    # Who had the old one is told, once, and reads enough of the new one to recognise it.
    assert [(each.to, each.about) for each in notes] == [(ANN, "email_changed")]
    assert "a***@example.com" in notes[0].text
    assert ANNE not in notes[0].text


@core
def test_sessions_go_on_and_the_password_stays(ctx, ann):
    tokens = sign_in(ctx, identifier=identifier_of(ann), password=PASSWORD).tokens
    confirm_email(ctx, token=asked(ctx, ann).token)
    assert authenticate(ctx, access_token=tokens.access).user == ann


def test_it_is_recorded_and_heard_of_when_it_is_committed(
    ctx, ann, django_capture_on_commit_callbacks
):
    token = asked(ctx, ann).token
    heard = []

    def hear(user, actor, **_kwargs):
        heard.append((user.email, actor.pk))

    user_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            confirm_email(ctx, token=token)
            assert heard == []
    finally:
        user_changed.disconnect(hear)
    assert heard == [(ANNE, ann.pk)]
    kinds = {EventKind.EMAIL_CHANGED, EventKind.EMAIL_CONFIRMED}
    assert set(SecurityEvent.objects.values_list("kind", "user")) == {(k, ann.pk) for k in kinds}
    assert ANNE not in repr(SecurityEvent.objects.values())


def test_a_confirmation_that_is_rolled_back_tells_nobody(ctx, ann):
    token = asked(ctx, ann).token

    def undone():
        with transaction.atomic():
            confirm_email(ctx, token=token)
            transaction.set_rollback(True)

    assert letters(undone) == []
    assert email_of(ann) == ANN
    confirm_email(ctx, token=token)


def test_the_old_address_is_free_for_somebody_else(ctx, ann, make_user):
    confirm_email(ctx, token=asked(ctx, ann).token)
    assert register(ctx, profile=Profile(username="other", email=ANN), password=PASSWORD)


@core
def test_the_present_password_is_asked_for_and_wrong_ones_are_counted(ctx, ann):
    act = lambda: change_email(ctx, user=ann, email=ANNE, current="wrong")  # noqa: E731
    for _ in range(5):
        with pytest.raises(InvalidInput) as refusal:
            act()
        assert set(refusal.value.fields) == {"current_password"}
    with pytest.raises(AccountLocked):
        change_email(ctx, user=ann, email=ANNE, current=PASSWORD)
    assert not Challenge.objects.exists()


def test_a_right_password_counts_for_nothing(ctx, ann):
    for _ in range(6):
        asks(ctx, ann)
    assert account_of(ann).failures == 0


def test_a_contract_may_have_no_place_for_the_password_then_the_owner_hears_of_it_at_once(ctx, ann):
    found = [(each.to, each.about) for each in asks(ctx, ann, current=None)]
    assert found == [(ANNE, "change_email"), (ANN, "email_change_asked")]


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("", "invalid"),
        ("nonsense", "invalid"),
        ("a@b@c", "invalid"),
        (f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.example", "max_length"),
        ("anne@example.com, villain@example.com", "invalid"),
        ("anne@example.com\nBcc: villain@example.com", "invalid"),
    ],
)
def test_what_is_no_address_is_refused(ctx, ann, email, code):
    assert refused(lambda: change_email(ctx, user=ann, email=email)) == {"email": code}


@pytest.mark.parametrize("email", ["\x00", "\ud800", "a" * 321], ids=["nul", "half", "long"])
def test_what_is_no_text_is_refused(ctx, ann, email):
    assert refused(lambda: change_email(ctx, user=ann, email=email)) == {}


def test_the_present_address_when_it_is_confirmed_is_no_news(ctx, ann):
    confirm_email(ctx, token=asked(ctx, ann).token)
    ann.refresh_from_db()
    assert asks(later(ctx, minutes=2), ann, ANNE) == []


def test_the_present_address_when_it_is_not_is_asked_to_confirm_again(ctx, ann):
    found = asked(ctx, ann, ANN)
    assert (found.to, found.about) == (ANN, "confirm_email")
    assert letters(lambda: confirm_email(ctx, token=found.token)) == []
    assert account_of(ann).email_is_confirmed


def test_the_present_address_in_another_spelling_is_another_one(ctx, ann):
    found = asked(ctx, ann, "Ann@example.com")
    assert found.to == "Ann@example.com"
    confirm_email(ctx, token=found.token)
    assert email_of(ann) == "Ann@example.com"
    assert enters(ctx, ANN)


@pytest.mark.parametrize("by", ["link", "code"])
def test_it_must_be_confirmed_in_time(ctx, ann, by):
    found = asked(ctx, ann)
    if by == "link":
        with pytest.raises(LinkExpired):
            confirm_email(later(ctx, days=3), token=found.token)
    else:
        with pytest.raises(PinExpired):
            confirm_change_by_code(later(ctx, minutes=10), user=ann, kind=EMAIL, code=found.code)
    assert email_of(ann) == ANN


def test_five_wrong_codes_end_the_code(ctx, ann):
    found = asked(ctx, ann)
    for step in range(1, 6):
        with pytest.raises(PinInvalid):
            confirm_change_by_code(ctx, user=ann, kind=EMAIL, code=wrong(found.code, step))
    with pytest.raises(PinInvalid):
        confirm_change_by_code(ctx, user=ann, kind=EMAIL, code=found.code)


def test_a_link_that_was_followed_says_so(ctx, ann):
    token = asked(ctx, ann).token
    confirm_email(ctx, token=token)
    with pytest.raises(AlreadyConfirmed):
        confirm_email(ctx, token=token)


@core
def test_a_newer_wish_ends_the_older_one(ctx, ann):
    older = asked(ctx, ann)
    newer = asked(ctx, ann, "other@example.com")  # elsewhere, so it is sent at once
    with pytest.raises(LinkInvalid):
        confirm_email(ctx, token=older.token)
    confirm_email(ctx, token=newer.token)
    assert email_of(ann) == "other@example.com"


def test_to_one_address_it_is_not_sent_twice_in_a_moment(ctx, ann):
    found = [len(asks(later(ctx, seconds=each), ann)) for each in (0, 59, 60)]
    assert found == [1, 0, 1]


def test_nobody_has_their_wishes_mailed_to_the_world(ctx, ann):
    """Ten an hour, wherever they go."""
    found = [len(asks(ctx, ann, f"{number}@example.com")) for number in range(12)]
    assert found == [1] * 10 + [0] * 2


def by_change(ctx, ann, root):
    change_password(ctx, user=ann, current=PASSWORD, new=NEW)


def by_reset(ctx, ann, root):
    request_pin(ctx, kind=EMAIL, value=ANN)
    pin = pin_for(Challenge.objects.get(purpose="recovery"))
    window = verify_pin(ctx, kind=EMAIL, value=ANN, pin=pin)
    reset_password(ctx, secret=window.secret, password=NEW)


def by_staff(ctx, ann, root):
    edit_user(ctx, actor=root, user_id=str(ann.pk), values=UserValues(password=NEW))


def by_save(ctx, ann, root):
    ann.set_password(NEW)
    ann.save()


def by_disabling(ctx, ann, root):
    for is_active in (False, True):
        values = UserValues(is_active=is_active)
        edit_user(ctx, actor=root, user_id=str(ann.pk), values=values)


def by_lock(ctx, ann, root):
    lock_account(ctx, actor=root, user_id=str(ann.pk))
    lift_staff_lock(ctx, actor=root, user_id=str(ann.pk))


def by_deleting(ctx, ann, root):
    delete_own_account(ctx, user=ann, current=PASSWORD)


@core
@pytest.mark.parametrize(
    "end", [by_change, by_reset, by_staff, by_save, by_disabling, by_lock, by_deleting]
)
def test_what_takes_an_intruders_way_in_ends_the_intruders_wish(ctx, ann, root, end):
    found = asked(ctx, ann)
    key = ann.pk
    end(ctx, ann, root)
    with pytest.raises(LinkInvalid):
        confirm_email(ctx, token=found.token)
    if end is not by_deleting:
        with pytest.raises(PinInvalid):
            confirm_change_by_code(ctx, user=ann, kind=EMAIL, code=found.code)
    assert list(get_user_model().objects.filter(pk=key).values_list("email", flat=True)) in (
        [],
        [ANN],
    )


@pytest.mark.parametrize("by", ["is_active", "staff_locked_at"])
def test_whom_staff_disabled_changes_nothing(ctx, ann, by):
    found = asked(ctx, ann)
    if by == "is_active":
        get_user_model().objects.filter(pk=ann.pk).update(is_active=False)
    else:
        Account.objects.filter(user=ann).update(staff_locked_at=ctx.now)
    with pytest.raises(LinkInvalid):
        confirm_email(ctx, token=found.token)
    with pytest.raises(PinInvalid):
        confirm_change_by_code(ctx, user=ann, kind=EMAIL, code=found.code)
    assert email_of(ann) == ANN


# An address that somebody else has.


@core
@pytest.mark.parametrize("email", [ANNE, "ANNE@Example.com", "anne@\uff25xample.com"])
def test_an_address_that_is_somebody_elses_cannot_be_asked_for(ctx, ann, make_user, email):
    make_user("anne")
    assert refused(lambda: change_email(ctx, user=ann, email=email)) == {"email": "unique"}
    assert not Challenge.objects.exists()


def test_neither_can_one_of_a_user_of_another_source(ctx, ann, make_user):
    Account.objects.filter(user=make_user("anne")).delete()
    assert refused(lambda: change_email(ctx, user=ann, email=ANNE)) == {"email": "unique"}


@core
def test_discreetly_who_has_it_gets_a_note_and_nothing_is_said(ctx, ann, make_user):
    make_user("anne")
    found = [
        sent(lambda at=at: change_email(at, user=ann, email=ANNE, hides_taken=True))
        for at in (ctx, ctx, later(ctx, minutes=1))
    ]
    assert found == [[(ANNE, "address_taken")], [], [(ANNE, "address_taken")]]
    assert email_of(ann) == ANN


@core
@pytest.mark.parametrize("by", ["link", "code"])
def test_an_address_that_somebody_confirmed_meanwhile_is_refused(ctx, ann, make_user, by):
    found = asked(ctx, ann)
    make_user("anne")
    act = {
        "link": lambda: confirm_email(ctx, token=found.token),
        "code": lambda: confirm_change_by_code(ctx, user=ann, kind=EMAIL, code=found.code),
    }
    assert refused(act[by]) == {"email": "unique"}
    assert email_of(ann) == ANN
    assert account_of(ann).email_key == ANN


def test_of_two_who_ask_for_one_address_the_first_to_confirm_has_it(ctx, ann, make_user):
    bob = make_user("bob")
    first, second = asked(ctx, ann), asked(ctx, bob)
    confirm_email(ctx, token=second.token)
    assert refused(lambda: confirm_email(ctx, token=first.token)) == {"email": "unique"}
    assert (email_of(ann), email_of(bob)) == (ANN, ANNE)


@pytest.mark.parametrize("taker", ["sees it", "meets the constraint"])
def test_who_is_a_moment_slower_changes_nothing(ctx, ann, make_user, monkeypatch, taker):
    """Somebody takes the address between the look and the write."""
    token = asked(ctx, ann).token
    look = replace_identifier.check_free

    def slow(*args, **kwargs):
        look(*args, **kwargs)
        make_user("anne")

    monkeypatch.setattr(replace_identifier, "check_free", slow)
    if taker == "meets the constraint":
        monkeypatch.setattr(Account, "_free", lambda _self, keys: keys)
        monkeypatch.setattr(replace_identifier, "check_kept", lambda *_args: None)
    with pytest.raises(InvalidInput) as refusal:
        confirm_email(ctx, token=token)
    assert set(refusal.value.fields) == {"email"}
    assert email_of(ann) == ANN


# An address that somebody merely claimed.


def _column_is_unique() -> bool:
    return bool(get_user_model()._meta.get_field("email").unique)


@core
@pytest.mark.parametrize("by", ["link", "code"])
def test_who_merely_claimed_an_address_gives_it_up_to_who_confirms_it(ctx, ann, squat, by):
    squatter = squat()
    if _column_is_unique():
        # The host's own column allows it to one user only: here recovery by mail is the way.
        assert refused(lambda: change_email(ctx, user=ann, email=ANNE)) == {"email": "unique"}
        return
    found = asked(ctx, ann)
    assert account_of(squatter).email_key == ANNE  # not before
    if by == "link":
        confirm_email(ctx, token=found.token)
    else:
        confirm_change_by_code(ctx, user=ann, kind=EMAIL, code=found.code)
    assert account_of(ann).email_key == ANNE
    assert account_of(squatter).email_key is None
    assert sign_in(ctx, identifier=ANNE, password=PASSWORD).user == ann
    # A message to the address is for who has shown that it is theirs.
    request_pin(ctx, kind=EMAIL, value=ANNE)
    assert Challenge.objects.get(purpose="recovery").user == ann


def test_who_gave_an_address_up_cannot_ask_for_it_again(ctx, ann, squat):
    squatter = squat()
    confirm_email(ctx, token=asked(ctx, ann).token)
    assert refused(lambda: change_email(ctx, user=squatter, email=ANNE)) == {"email": "unique"}


def test_a_claim_is_refused_to_who_merely_claims_as_well(ctx, squat):
    squat()
    act = lambda: squat(username="another")  # noqa: E731
    assert refused(act) == {"email": "unique"}


# The telephone.


@core
def test_a_new_number_takes_the_place_only_when_it_is_confirmed(ctx, ann, sms):
    give_phone(ann, OLD)
    Account.objects.filter(user=ann).update(phone_key="+40771694300", phone="+40771694300")
    code = texted(ctx, sms, ann)
    assert enters(ctx, OLD)
    assert not enters(ctx, NUMBER)
    notes = letters(lambda: confirm_change_by_code(ctx, user=ann, kind=PHONE, code=code))
    assert enters(ctx, NUMBER)
    assert not enters(ctx, OLD)
    assert not account_of(ann).is_unproved(PHONE)
    assert [(each.to, each.about) for each in notes] == [(ANN, "phone_changed")]
    assert "***307" in notes[0].text
    assert "694" not in notes[0].text
    if user_fields().phone:
        assert get_user_model().objects.get(pk=ann.pk).phone == NUMBER
    assert account_of(ann).phone_as_written == NUMBER
    assert not account_of(ann).email_is_confirmed
    assert SecurityEvent.objects.get().kind == EventKind.PHONE_CHANGED


def test_a_number_that_was_confirmed_gets_pins(ctx, ann, sms):
    code = texted(ctx, sms, ann)
    confirm_change_by_code(ctx, user=ann, kind=PHONE, code=code)
    letters(lambda: request_pin(ctx, kind=PHONE, value=NUMBER))
    assert len(sms.new()) == 1


def test_no_number_can_be_asked_for_where_no_sms_is_sent(ctx, ann):
    act = lambda: change_phone(ctx, user=ann, phone=NUMBER, current=PASSWORD)  # noqa: E731
    assert refused(act) == {"phone": "not_available"}


@pytest.mark.parametrize("phone", ["", "12", "0771694307", "nonsense", "+", "+0771694307"])
def test_what_is_no_international_number_is_refused(ctx, ann, sms, phone):
    assert refused(lambda: change_phone_of(ctx, ann, phone)) == {"phone": "invalid"}


def test_a_national_number_will_do_where_numbers_are_no_identifiers(ctx, ann, sms, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "IDENTIFIERS": ["username", "email"]}
    code = texted(ctx, sms, ann, "0771694307")
    confirm_change_by_code(ctx, user=ann, kind=PHONE, code=code)
    assert account_of(ann).phone == "0771694307"
    assert account_of(ann).phone_key is None


def test_the_password_is_asked_for_a_number_too(ctx, ann, sms):
    act = lambda: change_phone(ctx, user=ann, phone=NUMBER, current="wrong")  # noqa: E731
    with pytest.raises(InvalidInput) as refusal:
        act()
    assert set(refusal.value.fields) == {"current_password"}
    assert sms.new() == []


def test_a_number_somebody_else_has_is_refused_then_and_later(ctx, ann, sms, make_user):
    code = texted(ctx, sms, ann)
    bob = make_user("bob")
    Account.objects.filter(user=bob).update(phone_key="+40771694307", phone="+40771694307")
    assert refused(lambda: confirm_change_by_code(ctx, user=ann, kind=PHONE, code=code)) == {
        "phone": "unique"
    }
    act = lambda: change_phone_of(later(ctx, minutes=2), ann, "0040 771-694-307")  # noqa: E731
    assert refused(act) == {"phone": "unique"}


def test_discreetly_nothing_is_sent_for_a_number_that_somebody_has(ctx, ann, sms, make_user):
    bob = make_user("bob")
    Account.objects.filter(user=bob).update(phone_key="+40771694307", phone="+40771694307")
    act = lambda: change_phone(ctx, user=ann, phone=NUMBER, hides_taken=True)  # noqa: E731
    assert letters(act) == []
    assert sms.new() == []
    assert not Challenge.objects.exists()


@core
def test_who_has_not_shown_that_the_address_is_theirs_gets_no_number(ctx, sms, squat):
    """Else the owner of the address would not be rid of them."""
    squatter = squat()
    with pytest.raises(EmailUnconfirmed):
        change_phone(ctx, user=squatter, phone=NUMBER, current=PASSWORD)
    assert sms.new() == []


def test_who_merely_claimed_a_number_gives_it_up_to_who_confirms_it(ctx, ann, sms, squat):
    squatter = squat("squatter@example.com", NUMBER)
    assert account_of(squatter).phone_key == "+40771694307"
    confirm_change_by_code(ctx, user=ann, kind=PHONE, code=texted(ctx, sms, ann))
    assert account_of(ann).phone_key == "+40771694307"
    assert account_of(squatter).phone_key is None


@pytest.mark.parametrize(
    ("minutes", "step", "error"), [(0, 1, PinInvalid), (10, 0, PinExpired), (10, 1, PinInvalid)]
)
def test_a_wrong_or_late_code_changes_no_number(ctx, ann, sms, minutes, step, error):
    code = wrong(texted(ctx, sms, ann), step)
    with pytest.raises(error):
        confirm_change_by_code(later(ctx, minutes=minutes), user=ann, kind=PHONE, code=code)
    assert account_of(ann).phone_key is None


@pytest.mark.parametrize("end", [by_change, by_reset, by_lock])
def test_what_ends_a_wish_for_an_address_ends_one_for_a_number(ctx, ann, root, sms, end):
    code = texted(ctx, sms, ann)
    end(ctx, ann, root)
    with pytest.raises(PinInvalid):
        confirm_change_by_code(ctx, user=ann, kind=PHONE, code=code)


def test_the_wishes_for_an_address_and_for_a_number_are_apart(ctx, ann, sms):
    code, found = texted(ctx, sms, ann), asked(ctx, ann)
    confirm_email(ctx, token=found.token)
    confirm_change_by_code(ctx, user=ann, kind=PHONE, code=code)
    assert (email_of(ann), account_of(ann).phone_as_written) == (ANNE, NUMBER)


def test_nobody_without_a_wish_has_a_code(ctx, ann):
    for kind in (EMAIL, PHONE):
        with pytest.raises(PinInvalid):
            confirm_change_by_code(ctx, user=ann, kind=kind, code="000000")


# The name.


@core
def test_a_name_is_changed_at_once_and_its_owner_is_told(ctx, ann):
    act = lambda: change_username(ctx, user=ann, username=" Anne ", current=PASSWORD)  # noqa: E731
    if user_fields().username is None:
        with pytest.raises(NotFound):
            act()
        return
    assert sent(act) == [(ANN, "username_changed")]
    assert get_user_model().objects.get(pk=ann.pk).get_username() == "Anne"
    assert enters(ctx, "anne")
    assert not enters(ctx, "ann")
    assert enters(ctx, ANN)
    (event,) = SecurityEvent.objects.all()
    assert (event.kind, event.user) == (EventKind.USERNAME_CHANGED, ann)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Bob", "unique"),
        ("\uff42ob", "unique"),
        ("bob@example.com", "invalid"),
        ("no spaces", "invalid"),
        ("", "blank"),
        ("a" * 151, "max_length"),
        ("a\x00", "invalid"),
    ],
)
def test_a_name_that_cannot_be_is_refused(ctx, ann, make_user, name, code):
    make_user("bob")
    act = lambda: change_username(ctx, user=ann, username=name, current=PASSWORD)  # noqa: E731
    assert refused(act) == {"username": code}


def test_the_password_is_asked_for_a_name_too(ctx, ann):
    with pytest.raises(InvalidInput) as refusal:
        change_username(ctx, user=ann, username="anne", current="wrong")
    assert set(refusal.value.fields) == {"current_password"}


def test_who_is_a_moment_slower_gets_no_name(ctx, ann, make_user, monkeypatch):
    ahead = lambda *_args: make_user("Anne", email="other@example.com")  # noqa: E731
    monkeypatch.setattr(change_identifier, "check_one", ahead)
    act = lambda: change_username(ctx, user=ann, username="anne")  # noqa: E731
    with pytest.raises(InvalidInput) as refusal:
        act()
    assert set(refusal.value.fields) == {"username"}


def test_a_name_ends_no_wish_for_an_address(ctx, ann):
    found = asked(ctx, ann)
    change_username(ctx, user=ann, username="anne")
    confirm_email(ctx, token=found.token)
    assert email_of(ann) == ANNE


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_lose_its_count_with_a_callers_transaction(ctx, ann):
    with pytest.raises(RuntimeError), transaction.atomic():
        change_email(ctx, user=ann, email=ANNE, current="wrong")
    assert account_of(ann).failures == 0
