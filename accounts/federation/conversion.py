"""From a password to OIDC or GitHub (accounts.md 4).

The first step proves the password. Its outcome is kept only in a signed cookie: the account does
not change before the provider has signed in the same person, in the same browser.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, JoseError
from joserfc.jwk import OctKey

from accounts.models import Passcode, User, UserLoginType, UserStatus
from accounts.passwords.change import HIDDEN, PASSWORD_FIELD
from accounts.passwords.proof import prove_password
from accounts.people.dormancy import user_wake
from accounts.people.users import tracked
from audit.changes import changing
from audit.records import Attempt
from coderauth.errors import Forbidden, InvalidRequest, NotFound
from coderauth.models import Deployment
from scopes.callers import Caller
from scopes.engine.decision import decide
from scopes.models import Key, LoginType
from scopes.people import Person, user_object
from scopes.standing import standing

COOKIE = "coder_oauth_convert_jwt"
STATE_PREFIX = "convert-"
STATE_LENGTH = 32
ALGORITHM = "HS512"
TARGETS = frozenset({UserLoginType.OIDC.value, UserLoginType.GITHUB.value})
REFUSED = frozenset({"none", "password", "token"})
# A token of ours has all of these.
CLAIMS = (
    "iss", "state", "aud", "exp", "nbf", "iat",
    "user_id", "from_login_type", "to_login_type", "proved",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """A conversion, ready to begin; `cookie` is for the browser that proved the password."""

    state: str
    expires_at: datetime
    to_type: str
    user_id: str
    cookie: str


def conversion_begin(*, caller: Caller, user: Person, to_type: str, password: str) -> Conversion:
    """Prove the target's password and return the state that the provider will send back.

    Raises InvalidRequest for a login type that is no target, SignInRefused as a sign-in with
    this password would. Costs one hash.
    """
    if to_type in REFUSED:
        raise InvalidRequest("cannot_convert_to", to_type=to_type)
    if to_type not in TARGETS:
        raise InvalidRequest("unknown_login_type", to_type=to_type)
    account = prove_password(User.objects.living().filter(pk=user.pk).first(), password)
    if account.status == UserStatus.DORMANT:
        user_wake(account.pk)
    state = f"{STATE_PREFIX}{get_random_string(STATE_LENGTH)}"
    now = timezone.now().replace(microsecond=0)
    conversion = Conversion(
        state=state,
        expires_at=now + settings.CONVERSION_TTL,
        to_type=to_type,
        user_id=str(account.pk),
        cookie=_sign(account, state, to_type, now),
    )
    act = Attempt(
        "create",
        "convert_login",
        actor_id=caller.id,
        resource_id=account.pk,
        resource_target=to_type,
    )
    with standing(caller) as caller:
        if not decide(caller.subject, "read", user_object(account.pk)):
            raise NotFound("not_found")
        act.succeed(status_code=201)
    return conversion


@dataclass(frozen=True, slots=True)
class ConversionClaims:
    """What a cookie that we signed says; whether it fits the account is checked later."""

    issuer: str
    state: str
    user_id: str
    audience: tuple[str, ...]
    from_type: str
    to_type: str
    proved: str


def conversion_read(signed: str) -> ConversionClaims:
    """Return what the cookie of a conversion says; raises InvalidRequest (accounts.md 4.4).

    It is valid until the second it names: the clock that signed it is our own.
    """
    if not signed:
        raise InvalidRequest("conversion_cookie_missing")
    try:
        header = jws.extract_compact(signed.encode()).headers()
    except (JoseError, ValueError) as error:
        raise InvalidRequest("conversion_unreadable", reason="it is not a token") from error
    key = _verifying_key(header.get("kid"))
    if header.get("alg") != ALGORITHM:
        raise InvalidRequest("conversion_unreadable", reason="unexpected signing method")
    try:
        claims = jwt.decode(signed, key, algorithms=[ALGORITHM]).claims
        _require_claims(claims)
    except BadSignatureError as error:
        raise InvalidRequest("conversion_signature") from error
    except ExpiredTokenError as error:
        raise InvalidRequest(
            "conversion_unreadable", reason="token is expired. Please begin again."
        ) from error
    except (JoseError, ValueError) as error:
        raise InvalidRequest("conversion_unreadable", reason="its claims do not fit") from error
    return ConversionClaims(
        issuer=str(claims["iss"]),
        state=str(claims["state"]),
        user_id=str(claims["user_id"]),
        audience=tuple(map(str, claims["aud"])),
        from_type=str(claims["from_login_type"]),
        to_type=str(claims["to_login_type"]),
        proved=str(claims["proved"]),
    )


def conversion_require(claims: ConversionClaims, state: str) -> None:
    """Raise Forbidden for a conversion of another deployment, or of another sign-in."""
    if claims.issuer != str(Deployment.current().id):
        raise Forbidden("conversion_issuer")
    if not constant_time_compare(claims.state, state):
        raise Forbidden("conversion_state")


def conversion_finish(
    user: User, *, claims: ConversionClaims, login_type: LoginType, act: Attempt
) -> None:
    """Convert a locked account: the password, its sessions and its passcode end (accounts.md H10).

    Raises Forbidden for any account but the one that proved its password, for one that is already
    converted, and for one whose password has changed since. Must run in the transaction that links
    the account.
    """
    act.resource_target = user.username if str(user.pk) == claims.user_id else ""
    if (
        str(user.pk) != claims.user_id
        or claims.user_id not in claims.audience
        or user.login_type != claims.from_type
        or login_type != claims.to_type
        or not constant_time_compare(claims.proved, _digest(user))
    ):
        raise Forbidden("conversion_refused", current=user.login_type, wanted=str(login_type))
    with changing(user, _tracked, act, hidden=HIDDEN):
        user.login_type, user.password = login_type, ""
        Passcode.objects.filter(user=user).delete()
        Key.objects.filter(user=user, login_type=LoginType.PASSWORD).delete()


def _tracked(user: User) -> dict[str, Any]:
    return {**tracked(user), PASSWORD_FIELD: user.password}


def _require_claims(claims: dict[str, Any]) -> None:
    """Raise JoseError for a token that lacks a claim, or that is not valid now."""
    essential = jwt.ClaimsOption(essential=True)
    options = dict.fromkeys(CLAIMS, essential)
    jwt.JWTClaimsRegistry(now=None, leeway=0, **options).validate(claims)


def _verifying_key(identifier: object) -> OctKey:
    """Return the key that signed, of the secret key or an earlier one; raises InvalidRequest."""
    for secret_key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = signing_key(secret_key)
        if isinstance(identifier, str) and key.kid == identifier:
            return key
    raise InvalidRequest("conversion_signature")


def _sign(account: User, state: str, to_type: str, now: datetime) -> str:
    issued = int(now.astimezone(UTC).timestamp())
    user_id = str(account.pk)
    key = signing_key()
    claims = {
        "iss": str(Deployment.current().id),
        "sub": state,
        "state": state,
        "aud": [user_id],
        "iat": issued,
        "nbf": issued - 1,
        "exp": issued + int(settings.CONVERSION_TTL / timedelta(seconds=1)),
        "jti": str(uuid4()),
        "user_id": user_id,
        "from_login_type": UserLoginType.PASSWORD.value,
        "to_login_type": to_type,
        "proved": _digest(account),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def _digest(account: User) -> str:
    """Return what tells one stored password from the next, and nothing about the password."""
    return sha256(account.password.encode()).hexdigest()


def signing_key(secret_key: str = "") -> OctKey:
    """Return the key for conversion cookies, derived from the secret key for this purpose only.

    Its id says which secret key it came from, so that after a rotation it is found among
    `SECRET_KEY_FALLBACKS`.
    """
    material = hmac.new(
        (secret_key or settings.SECRET_KEY).encode(), b"coderauth.accounts.conversion", "sha512"
    ).digest()
    return OctKey.import_key(material, {"kid": sha256(material).hexdigest()[:16], "use": "sig"})
