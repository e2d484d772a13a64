"""`POST /users/{user}/password-login`: back from a provider to a password."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Passcode, User, UserLink
from audit.models import Entry
from coderauth.tasks import task_claim, task_run
from scopes.models import Key
from tests.accounts.arrivals import arrive, somebody, whose
from tests.expect import NOT_FOUND, PASSWORDS_OFF, STRONG, refused, unknown_user
from tests.mailbox import mailed_passcode, run_due_tasks
from tests.pages import text_of, visitor
from tests.people import Api, login, make_key, make_user, reset_password, signed_in

WRONG = "Incorrect email or one-time passcode."

pytestmark = pytest.mark.usefixtures("mail_folder")


@pytest.fixture
def ada(owner: User) -> User:
    """Return somebody who signed in with a provider."""
    return whose(arrive(somebody("ada")))


def begin(api: Api, reference: object = "me") -> Any:
    return api.post(f"/users/{reference}/password-login")


def change(passcode: str, email: str = "ada@example.test", password: str = STRONG) -> Any:
    return reset_password(email, passcode, password)


def started(api: Api, folder: Path, reference: object = "me") -> str:
    """Begin, have the mail sent, and return the passcode in it."""
    assert begin(api, reference).status_code == 204
    run_due_tasks()
    return mailed_passcode(folder)


def state() -> list[Any]:
    return [list(model._default_manager.values()) for model in (User, UserLink, Key)]


def test_an_address_that_only_a_provider_gives_is_mailed_and_signs_in(
    owner: User, mail_folder: Path
) -> None:
    ada = whose(arrive(somebody("ada", email="ada@corp")))
    passcode = started(signed_in(ada, login_type="oidc"), mail_folder)
    assert "To: ada@corp" in next(mail_folder.iterdir()).read_text()
    body = {"email": "ada@corp", "password": STRONG, "one_time_passcode": passcode}
    assert Api().post("/users/otp/request", {"email": "ada@corp"}).status_code == 204
    assert Api().post("/users/otp/change-password", body).status_code == 204
    assert Api().post("/users/login", {"email": "ada@corp", "password": STRONG}).status_code == 201
    browser = visitor()
    browser.post("/login", {"email": "ada@corp", "password": STRONG})
    assert "ada@corp" in text_of(browser.get("/account"))
    for nothing in ("ada", "ada@", "@corp"):
        refused = Api().post("/users/login", {"email": nothing, "password": STRONG})
        assert refused.status_code == 400


@pytest.mark.parametrize("by_themselves", [True, False])
def test_the_mailed_passcode_makes_it_a_password_account(
    ada: User, owner: User, mail_folder: Path, by_themselves: bool
) -> None:
    session = signed_in(ada, login_type="oidc")
    token = Api(make_key(ada, login_type="token"))
    passcode = started(session if by_themselves else signed_in(owner), mail_folder, "ada")
    assert change(passcode).status_code == 204
    ada.refresh_from_db()
    assert (ada.login_type, UserLink.objects.count(), Passcode.objects.count()) == (
        "password",
        0,
        0,
    )
    assert not Key.objects.filter(user=ada).exists()
    assert session.get("/users/me").status_code == token.get("/users/me").status_code == 401
    assert login("ada@example.test", STRONG).status_code == 201
    # It was good once.
    refused(change(passcode, password=STRONG + "x"), 400, WRONG)


def test_nothing_changes_until_the_passcode_is_used(
    ada: User, owner: User, mail_folder: Path
) -> None:
    session, as_owner = signed_in(ada, login_type="oidc"), signed_in(owner)
    session.get("/users/me")
    as_owner.get("/users/me")
    before = state()
    passcode = started(as_owner, mail_folder, "ada")
    assert state() == before
    assert session.get("/users/me").status_code == 200
    assert whose(arrive(somebody("ada"))) == ada
    assert change(passcode).status_code == 204


def test_both_steps_are_audited(ada: User, owner: User, mail_folder: Path) -> None:
    passcode = started(signed_in(owner), mail_folder, "ada")
    begun = Entry.objects.get(resource_type="convert_login")
    assert (begun.action, begun.resource_target, begun.status_code) == ("create", "password", 204)
    assert (begun.actor_id, begun.resource_id) == (owner.pk, str(ada.pk))
    assert not Entry.objects.filter(action="request_password_reset").exists()
    change(passcode)
    done = Entry.objects.get(action="write", resource_id=str(ada.pk))
    assert (done.actor_id, done.status_code) == (ada.pk, 204)
    assert done.diff == {
        "login_type": {"old": "oidc", "new": "password", "secret": False},
        "hashed_password": {"old": "", "new": "", "secret": True},
    }


def test_an_expired_passcode_leaves_the_account_as_it_was(
    ada: User, owner: User, mail_folder: Path
) -> None:
    passcode = started(signed_in(owner), mail_folder, "ada")
    before = state()
    with time_machine.travel(timezone.now() + timedelta(minutes=21)):
        refused(change(passcode), 400, WRONG)
    assert state() == before
    assert change(passcode).status_code == 204


def test_the_provider_makes_it_its_own_again_by_a_conversion_only(
    ada: User, owner: User, mail_folder: Path
) -> None:
    change(started(signed_in(owner), mail_folder, "ada"))
    with pytest.raises(Exception, match="Incorrect login type"):
        arrive(somebody("ada"))


# --- who may -----------------------------------------------------------------------------------
def test_a_member_does_it_for_nobody_else(ada: User, as_mallory: Api, as_owner: Api) -> None:
    unknown_user(begin(as_mallory, "ada"), "ada")
    assert begin(as_owner, "ada").status_code == 204


def test_a_caller_who_may_read_but_not_change_is_told_nothing(ada: User, owner: User) -> None:
    auditor, admin = make_user("a", roles=["auditor"]), make_user("b", roles=["user-admin"])
    refused(begin(signed_in(auditor), "ada"), 404, NOT_FOUND)
    assert begin(signed_in(admin), "ada").status_code == 204


# decision D18
def test_only_owners_do_it_for_owners(ada: User, owner: User) -> None:
    User.objects.filter(pk=ada.pk).update(site_roles=["owner"])
    admin = signed_in(make_user("b", roles=["user-admin"]))
    assert begin(admin, "ada").status_code == 403
    assert begin(signed_in(owner), "ada").status_code == 204


def test_a_narrowed_key_leads_to_no_password(ada: User, owner: User) -> None:
    for user in (ada, owner):
        token = make_key(user, login_type="token", scopes=["user:*"])
        assert begin(Api(token), "ada").status_code == 404
        Key.objects.filter(pk=token[:10]).update(scopes=["coder:all"])
        assert begin(Api(token), "ada").status_code == 204


def test_it_needs_passwords_to_be_allowed(ada: User, as_owner: Api, settings: Any) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    refused(begin(as_owner, "ada"), 403, PASSWORDS_OFF)
    settings.PASSWORD_AUTH_ENABLED = True
    assert begin(as_owner, "ada").status_code == 204


@pytest.mark.parametrize(
    ("login_type", "message"),
    [
        ("password", "This account signs in with a password already."),
        ("none", "A service account does not sign in."),
    ],
)
def test_accounts_of_no_provider_are_refused(
    ada: User, as_owner: Api, login_type: str, message: str
) -> None:
    User.objects.filter(pk=ada.pk).update(login_type=login_type)
    answer = begin(as_owner, "ada")
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    User.objects.filter(pk=ada.pk).update(login_type="github")
    assert begin(as_owner, "ada").status_code == 204


def test_a_deleted_account_is_not_found(ada: User, as_owner: Api) -> None:
    User.objects.filter(pk=ada.pk).update(is_deleted=True)
    refused(begin(as_owner, ada.pk), 404, NOT_FOUND)
    run_due_tasks()
    User.objects.filter(pk=ada.pk).update(is_deleted=False)
    assert begin(as_owner, ada.pk).status_code == 204


def test_convert_login_still_leads_to_no_password(ada: User) -> None:
    body = {"to_type": "password", "password": "x"}
    answer = signed_in(ada, login_type="oidc").post("/users/me/convert-login", body)
    refused(answer, 400, 'Cannot convert to login type "password".')


# --- attacks -----------------------------------------------------------------------------------
def test_the_passcode_of_somebody_else_opens_nothing(
    ada: User, as_owner: Api, mail_folder: Path
) -> None:
    mallory = whose(arrive(somebody("mallory")))
    passcode = started(signed_in(mallory, login_type="oidc"), mail_folder)
    begin(as_owner, "ada")
    (mail,) = mail_folder.glob("*.eml")
    mail.unlink()
    run_due_tasks()
    refused(change(passcode), 400, WRONG)
    assert change(mailed_passcode(mail_folder)).status_code == 204


def test_asking_for_a_forgotten_password_stays_silent(
    ada: User, as_owner: Api, mail_folder: Path
) -> None:
    for _ in range(2):
        answer = Api().post("/users/otp/request", {"email": ada.email})
        assert answer.status_code == 204
        run_due_tasks()
    assert not Passcode.objects.exists()
    assert not mail_folder.exists()
    # And it takes away no passcode that is out.
    passcode = started(as_owner, mail_folder, "ada")
    Api().post("/users/otp/request", {"email": ada.email})
    run_due_tasks()
    assert change(passcode).status_code == 204


# A retry gives way to a later mail of its own kind only, or anybody could suppress it.
def test_asking_for_a_forgotten_password_does_not_suppress_a_retry(
    ada: User, as_owner: Api, mail_folder: Path, settings: Any
) -> None:
    working = settings.EMAIL_BACKEND
    begin(as_owner, "ada")
    settings.EMAIL_BACKEND = "coderauth.mail.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    row = task_claim("tests")
    assert row is not None
    task_run(row)
    settings.EMAIL_BACKEND = working
    Api().post("/users/otp/request", {"email": ada.email})
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        run_due_tasks()
        assert change(mailed_passcode(mail_folder)).status_code == 204


def test_a_passcode_of_before_a_conversion_is_of_no_use_after_it(
    owner: User, mail_folder: Path
) -> None:
    ada = make_user("ada")
    assert Api().post("/users/otp/request", {"email": ada.email}).status_code == 204
    run_due_tasks()
    passcode = mailed_passcode(mail_folder)
    User.objects.filter(pk=ada.pk).update(login_type="oidc", password="")
    refused(change(passcode), 400, WRONG)
    User.objects.filter(pk=ada.pk).update(login_type="password")
    assert change(passcode).status_code == 204


def test_a_passcode_is_for_a_provider_account_only_while_it_is_one(
    ada: User, as_owner: Api, mail_folder: Path
) -> None:
    passcode = started(as_owner, mail_folder, "ada")
    User.objects.filter(pk=ada.pk).update(login_type="none")
    refused(change(passcode), 400, WRONG)
    User.objects.filter(pk=ada.pk).update(login_type="oidc")
    assert change(passcode).status_code == 204


def test_the_mail_says_what_will_happen(ada: User, as_owner: Api, mail_folder: Path) -> None:
    started(as_owner, mail_folder, "ada")
    (mail,) = mail_folder.glob("*.eml")
    text = mail.read_text()
    assert "Subject: Sign in with a password" in text
    assert "to sign in with a password from now on" in text.replace("=\n", "")
