"""From a password to OIDC, at the callback: every refusal beside its twin (accounts.md 4.3-4.5)."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from json import dumps, loads
from typing import Any

import pytest
import time_machine
from django.forms.models import model_to_dict
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from accounts.federation.conversion import COOKIE, signing_key
from accounts.models import Passcode, User, UserLink
from accounts.passwords.hashing import hash_password
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE
from coderauth.models import Deployment
from scopes.models import Key
from tests.accounts.oidc_visitor import Visitor, path_of
from tests.expect import document, turned_away
from tests.lying_provider import LyingProvider
from tests.people import PASSWORD, Api, login, make_key, make_user

MISMATCH = (
    'The oidc account with the email "{email}" does not match the email of the account you are '
    "trying to convert. Contact your administrator to resolve this issue."
)
NO_COOKIE = (
    "Convert to oauth cookie not found. Missing signed jwt to authorize this action. "
    "Please try again."
)
BAD_JWT = (
    "Using an invalid jwt to authorize this action. "
    "Ensure there is only 1 coder deployment and try again."
)
OTHER_DEPLOYMENT = (
    "Request to convert login type failed. Issuer mismatch. "
    "Found a cookie from another coder deployment, please try again."
)
OTHER_STATE = "Request to convert login type failed. State mismatch."
REFUSED = "Request to convert login type from {} to {} failed"


@dataclass
class Begun:
    """A browser that proved ada's password and is about to leave for the provider."""

    visitor: Visitor
    state: str
    provider: LyingProvider
    token: str

    def arrive(self, *, state: str = "", signed: str | None = None) -> Any:
        """Go there and back, with another state or another cookie."""
        if signed is not None:
            self.visitor.cookies[COOKIE] = signed
        url = self.visitor.leave(oidc_merge_state=state or self.state, redirect="/account")
        return self.visitor.api(path_of(self.provider.authorize(url)))

    @property
    def signed(self) -> str:
        return str(self.visitor.cookies[COOKIE].value)


def begin(provider: LyingProvider, user: User, to_type: str = "oidc") -> Begun:
    visitor, token = Visitor(), make_key(user)
    visitor.cookies[SESSION_COOKIE] = token
    answer = Api(token).post("/users/me/convert-login", {"to_type": to_type, "password": PASSWORD})
    visitor.cookies[COOKIE] = answer.cookies[COOKIE].value
    return Begun(visitor, document(answer)["state_string"], provider, token)


@pytest.fixture
def ada(db: None) -> User:
    make_user("owner", roles=["owner"])
    return make_user("ada")


@pytest.fixture
def begun(provider: LyingProvider, ada: User) -> Begun:
    return begin(provider, ada)


def everything() -> list[Any]:
    """Return all rows that a sign-in could change."""
    rows = [
        *User.objects.order_by("pk"), *UserLink.objects.all(), *Passcode.objects.all(),
        *Key.objects.order_by("pk"),
    ]  # fmt: skip
    return [model_to_dict(row) | {"updated_at": getattr(row, "updated_at", None)} for row in rows]


def resigned(claims: dict[str, Any], key: OctKey | None = None, **header: Any) -> str:
    key = key or signing_key()
    fields = {"alg": "HS512", "kid": key.kid, **header}
    fields = {name: value for name, value in fields.items() if value is not None}
    return jwt.encode(fields, claims, key, algorithms=[fields["alg"]])


def claims_of(signed: str) -> dict[str, Any]:
    body = signed.split(".")[1]
    found: dict[str, Any] = loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


# accounts.md T173
def test_a_password_account_becomes_one_of_the_provider(begun: Begun, ada: User) -> None:
    answer = begun.arrive()
    assert (answer.status_code, answer.headers["Location"]) == (307, "/account")
    ada.refresh_from_db()
    assert (ada.login_type, ada.password, ada.name) == ("oidc", "", "Ada Lovelace")
    assert UserLink.objects.get().user_id == ada.pk
    assert answer.cookies[COOKIE].value == ""
    assert begun.visitor.user == ada
    assert Api(begun.visitor.cookies[SESSION_COOKIE].value).get("/users/me").status_code == 200
    refusal = login(ada.email, PASSWORD)
    assert refusal.status_code == 401


def test_it_is_audited_without_the_hash(begun: Begun, ada: User) -> None:
    begun.arrive()
    entry = Entry.objects.get(action="write", resource_type="user", diff__has_key="login_type")
    assert (entry.actor_id, entry.resource_id, entry.status_code) == (ada.pk, str(ada.pk), 200)
    assert entry.resource_target == "ada"
    assert entry.diff["login_type"] == {"old": "password", "new": "oidc", "secret": False}
    assert entry.diff["hashed_password"] == {"old": "", "new": "", "secret": True}
    assert Entry.objects.filter(action="login", actor_id=ada.pk, status_code=307).count() == 1


# accounts.md H10
def test_all_password_sessions_and_the_passcode_end_and_tokens_stay(
    begun: Begun, ada: User
) -> None:
    elsewhere, token = Api(make_key(ada)), Api(make_key(ada, login_type="token"))
    stranger = Api(make_key(make_user("grace")))
    Passcode.objects.create(
        user=ada, hashed_passcode="x", expires_at=timezone.now() + timedelta(minutes=5)
    )
    assert elsewhere.get("/users/me").status_code == 200
    begun.arrive()
    assert elsewhere.get("/users/me").status_code == 401
    assert Api(begun.token).get("/users/me").status_code == 401
    assert token.get("/users/me").status_code == 200
    assert stranger.get("/users/me").status_code == 200
    assert not Passcode.objects.exists()


def test_a_dormant_account_wakes_with_its_entry(begun: Begun, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(status="dormant")
    begun.arrive()
    ada.refresh_from_db()
    assert ada.status == "active"
    assert Entry.objects.filter(additional_fields__automatic_subsystem="dormancy").count() == 1


# --- row 1: nobody has the account of the provider -------------------------------------------
def test_the_address_of_nobody_converts_nothing_and_makes_nobody(
    begun: Begun, provider: LyingProvider, ada: User
) -> None:
    provider.tell(email="lovelace@example.test")
    before = everything()
    turned_away(begun.arrive(), 400, MISMATCH.format(email="lovelace@example.test"))
    assert everything() == before
    provider.tell(email="ADA@example.test")
    assert begun.arrive().status_code == 307


# --- row 2: no cookie ------------------------------------------------------------------------
def test_without_the_cookie_nothing_is_converted(begun: Begun, ada: User) -> None:
    signed = begun.signed
    turned_away(begun.arrive(signed=""), 400, NO_COOKIE)
    assert begun.arrive(signed=signed).status_code == 307


# --- row 3: accounts.md T174 -----------------------------------------------------------------
OTHER_KEY = OctKey.import_key("o" * 64, {"kid": "other", "use": "sig"})


@pytest.mark.parametrize(
    "forge",
    [
        lambda signed: resigned(claims_of(signed), OTHER_KEY),
        lambda signed: resigned(claims_of(signed), OTHER_KEY, kid=None),
        lambda signed: resigned(claims_of(signed), OTHER_KEY, kid=signing_key().kid),
        lambda signed: resigned(claims_of(signed), kid=None),
        lambda signed: resigned(claims_of(signed), kid="unknown"),
        lambda signed: signed[:-4] + "AAAA",
        lambda signed: ".".join([signed.split(".")[0], encoded(victim()), signed.split(".")[2]]),
    ],
    ids=["key", "key-no-kid", "key-our-kid", "no-kid", "unknown-kid", "signature", "claims"],
)
def test_a_cookie_that_we_did_not_sign_is_refused(
    begun: Begun, forge: Callable[[str], str]
) -> None:
    signed, before = begun.signed, everything()
    turned_away(begun.arrive(signed=forge(signed)), 400, BAD_JWT)
    assert everything() == before
    assert begun.arrive(signed=resigned(claims_of(signed))).status_code == 307


def encoded(document: dict[str, Any]) -> str:
    return urlsafe_b64encode(dumps(document).encode()).rstrip(b"=").decode()


def victim() -> dict[str, Any]:
    return {"user_id": str(User.objects.get(username="owner").pk)}


# --- row 4: accounts.md H11 ------------------------------------------------------------------
def none(signed: str) -> str:
    header = encoded({"alg": "none", "kid": signing_key().kid})
    return f"{header}.{signed.split('.')[1]}."


@pytest.mark.parametrize(
    "forge",
    [
        none,
        lambda signed: resigned(claims_of(signed), alg="HS256"),
        lambda _: "a.b",
        lambda _: "nonsense",
        lambda _: "a.b.c",
        lambda _: "\u00e9.b.c",
        *(
            lambda signed, name=name: resigned(
                {key: value for key, value in claims_of(signed).items() if key != name}
            )
            for name in ("exp", "nbf", "iss", "state", "aud", "user_id", "to_login_type", "proved")
        ),
        lambda signed: resigned({**claims_of(signed), "nbf": int(time.time()) + 60}),
        lambda signed: resigned({**claims_of(signed), "exp": "never"}),
    ],
)
def test_a_cookie_that_is_none_of_ours_in_form_is_refused(
    begun: Begun, forge: Callable[[str], str]
) -> None:
    signed, before = begun.signed, everything()
    answer = begun.arrive(signed=forge(signed))
    assert (answer.status_code, everything()) == (400, before)
    assert document(answer)["message"].startswith("Error parsing jwt: ")
    assert begun.arrive(signed=signed).status_code == 307


def test_it_ends_with_its_time_to_the_second(provider: LyingProvider, ada: User) -> None:
    with time_machine.travel(time.time() // 1, tick=False) as clock:
        begun = begin(provider, ada)
        clock.shift(300)
        answer = begun.arrive()
        assert (answer.status_code, document(answer)["message"][:19]) == (
            400,
            "Error parsing jwt: ",
        )
        assert "expired" in document(answer)["message"]
        clock.shift(-1)
        assert begun.arrive().status_code == 307


def test_an_earlier_secret_key_still_verifies(begun: Begun, settings: Any) -> None:
    key, settings.SECRET_KEY = settings.SECRET_KEY, "another-secret-key-another-secret-key"
    turned_away(begun.arrive(), 400, BAD_JWT)
    settings.SECRET_KEY_FALLBACKS = [key]
    assert begun.arrive().status_code == 307


# --- rows 5 and 6 ----------------------------------------------------------------------------
def test_a_cookie_of_another_deployment_is_refused(begun: Begun, ada: User) -> None:
    ours = Deployment.current()
    theirs = "8f8c4b5e-0f4f-4f8e-9a3c-3d2d6d0f3c11"
    assert str(ours.id) != theirs
    signed = resigned({**claims_of(begun.signed), "iss": theirs})
    good = begun.signed
    turned_away(begun.arrive(signed=signed), 403, OTHER_DEPLOYMENT)
    entry = Entry.objects.get(action="write", status_code=403)
    assert (entry.actor_id, entry.diff) == (ada.pk, {})
    assert begun.arrive(signed=good).status_code == 307


def test_the_state_of_another_conversion_is_refused(
    begun: Begun, provider: LyingProvider, ada: User
) -> None:
    later = begin(provider, ada)
    before = everything()
    turned_away(begun.arrive(state=later.state), 403, OTHER_STATE)
    assert everything() == before
    assert begun.arrive().status_code == 307


def test_a_usual_sign_in_never_converts_whatever_cookie_there_is(
    begun: Begun, provider: LyingProvider, ada: User
) -> None:
    url = begun.visitor.leave()
    answer = begun.visitor.api(path_of(provider.authorize(url)))
    assert answer.status_code == 403
    ada.refresh_from_db()
    assert ada.login_type == "password"
    assert begun.arrive().status_code == 307


# --- row 7 -----------------------------------------------------------------------------------
def test_the_conversion_of_another_user_is_refused(
    begun: Begun, provider: LyingProvider, ada: User
) -> None:
    other = begin(provider, make_user("grace"))
    before = everything()
    turned_away(other.arrive(), 403, REFUSED.format("password", "oidc"))  # The provider says: ada.
    assert everything() == before
    provider.tell(email="grace@example.test")
    assert other.arrive().status_code == 307


def test_an_identity_that_another_account_has_converts_nothing(
    begun: Begun, provider: LyingProvider, ada: User
) -> None:
    linked = make_user("linked", login_type="oidc")
    link = UserLink.objects.create(
        user=linked,
        login_type="oidc",
        provider="oidc",
        linked_id=f"{provider.issuer}||{provider.subject}",
    )
    before = everything()
    turned_away(begun.arrive(), 403, REFUSED.format("oidc", "oidc"))
    assert everything() == before
    link.delete()
    assert begun.arrive().status_code == 307


def test_a_conversion_to_another_provider_is_refused(provider: LyingProvider, ada: User) -> None:
    turned_away(begin(provider, ada, "github").arrive(), 403, REFUSED.format("password", "oidc"))
    assert begin(provider, ada, "oidc").arrive().status_code == 307


def test_a_cookie_for_somebody_else_in_its_audience_is_refused(begun: Begun, ada: User) -> None:
    good = begun.signed
    signed = resigned({**claims_of(good), "aud": [str(User.objects.get(username="owner").pk)]})
    turned_away(begun.arrive(signed=signed), 403, REFUSED.format("password", "oidc"))
    assert begun.arrive(signed=good).status_code == 307


# The password that began it may have been in wrong hands.
def test_a_conversion_ends_with_the_password_that_began_it(begun: Begun, ada: User) -> None:
    proved = ada.password
    User.objects.filter(pk=ada.pk).update(password=hash_password("An0ther-Passw0rd!y"))
    before = everything()
    turned_away(begun.arrive(), 403, REFUSED.format("password", "oidc"))
    assert everything() == before
    User.objects.filter(pk=ada.pk).update(password=proved)
    assert begun.arrive().status_code == 307


# Replay: what converted once converts no more, and signs nobody in.
def test_a_captured_conversion_is_useless_afterwards(
    begun: Begun, provider: LyingProvider, ada: User
) -> None:
    signed = begun.signed
    assert begun.arrive().status_code == 307
    before = everything()
    thief = Begun(Visitor(), begun.state, provider, "")
    turned_away(thief.arrive(signed=signed), 403, REFUSED.format("oidc", "oidc"))
    assert everything() == before


@pytest.mark.parametrize("login_type", ["oidc", "github", "none"])
def test_only_password_accounts_are_converted(begun: Begun, ada: User, login_type: str) -> None:
    User.objects.filter(pk=ada.pk).update(login_type=login_type)
    turned_away(begun.arrive(), 403, REFUSED.format(login_type, "oidc"))
    User.objects.filter(pk=ada.pk).update(login_type="password")
    assert begun.arrive().status_code == 307


# --- all or nothing --------------------------------------------------------------------------
def test_a_suspended_account_is_not_converted(begun: Begun, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(status="suspended")
    before = everything()
    message = "Your account is suspended. Contact an admin to reactivate your account."
    turned_away(begun.arrive(), 403, message)
    assert everything() == before
    User.objects.filter(pk=ada.pk).update(status="active")
    assert begun.arrive().status_code == 307


def test_a_deleted_account_is_nobody(begun: Begun, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_deleted=True)
    turned_away(begun.arrive(), 400, MISMATCH.format(email="ada@example.test"))
    User.objects.filter(pk=ada.pk).update(is_deleted=False)
    assert begun.arrive().status_code == 307


# The last act of the transaction fails: what the conversion did before it is undone.
def test_a_failure_at_the_very_end_undoes_the_conversion(
    begun: Begun, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    with monkeypatch.context() as patched:
        patched.setattr("accounts.federation.linking.session_open", _break)
        patched.setattr(begun.visitor, "raise_request_exception", False)
        assert begun.visitor.get(_way_back(begun)).status_code == 500
    assert everything() == before
    assert begun.arrive().status_code == 307


def _way_back(begun: Begun) -> str:
    url = begun.visitor.leave(oidc_merge_state=begun.state)
    return path_of(begun.provider.authorize(url))


def _break(**_: Any) -> None:
    raise RuntimeError("the last straw")


def test_the_answer_names_no_secret(begun: Begun) -> None:
    signed = begun.signed
    for forged in (signed[:-4] + "AAAA", resigned({**claims_of(signed), "exp": 1})):
        text = begun.arrive(signed=forged).content.decode()
        assert forged not in text
        assert signed.rsplit(".", maxsplit=1)[-1] not in text
