"""From a password to OIDC or GitHub: the first step, which proves the password.

The state lives only in a signed cookie (accounts.md 4.2); nothing of the account changes here.
"""

import hmac
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from accounts.models import User, UserLoginType
from accounts.sign_in import prove_password
from audit.records import record
from coderauth.errors import InvalidRequest
from coderauth.models import Deployment
from scopes.callers import Caller
from scopes.people import Person

COOKIE = "coder_oauth_convert_jwt"
STATE_PREFIX = "convert-"
ALGORITHM = "HS512"
TARGETS = frozenset({UserLoginType.OIDC.value, UserLoginType.GITHUB.value})
REFUSED = frozenset({"none", "password", "token"})


@dataclass(frozen=True, slots=True)
class Conversion:
    """A conversion that may begin; `cookie` is for the browser that proved the password."""

    state: str
    expires_at: datetime
    to_type: str
    user_id: str
    cookie: str


def conversion_begin(*, caller: Caller, user: Person, to_type: str, password: str) -> Conversion:
    """Prove the target's password and return the state that the provider will send back.

    Raises InvalidRequest for a login type nobody converts to, SignInRefused as a sign-in with
    this password would. Costs one hash.
    """
    if to_type in REFUSED:
        raise InvalidRequest("cannot_convert_to", to_type=to_type)
    if to_type not in TARGETS:
        raise InvalidRequest("unknown_login_type", to_type=to_type)
    account = prove_password(User.objects.living().filter(pk=user.pk).first(), password)
    state = STATE_PREFIX + "".join(
        secrets.choice(string.ascii_letters + string.digits) for _ in range(32)
    )
    now = timezone.now().replace(microsecond=0)
    conversion = Conversion(
        state=state,
        expires_at=now + settings.CONVERSION_TTL,
        to_type=to_type,
        user_id=str(account.pk),
        cookie=_sign(account, state, to_type, now),
    )
    record(
        action="create",
        actor_id=caller.id,
        resource_type="convert_login",
        resource_id=account.pk,
        resource_target=to_type,
        status_code=201,
    )
    return conversion


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
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def signing_key(secret_key: str = "") -> OctKey:
    """Return the key for conversion cookies: derived from the secret key, for nothing else.

    Its id tells which secret key it came from, so that a rotated one is found again among
    `SECRET_KEY_FALLBACKS`.
    """
    material = hmac.new(
        (secret_key or settings.SECRET_KEY).encode(), b"coderauth.accounts.conversion", "sha512"
    ).digest()
    return OctKey.import_key(material, {"kid": sha256(material).hexdigest()[:16], "use": "sig"})
