"""A sign-in that waits for a code to be typed at GitHub (RFC 8628), kept by the browser."""

import time
from dataclasses import asdict, dataclass, field, replace

from django.core import signing
from django.utils.crypto import constant_time_compare

from accounts.federation.flow import PENDING, TOO_FAST, Return, identify
from accounts.providers.configuration import GITHUB
from accounts.providers.identity import Identity
from accounts.providers.registry import device_authorize, provider_get
from coderauth.errors import DomainError

SALT = "coderauth.accounts.device"
# Seconds by which the interval grows whenever we were too fast (RFC 8628 3.5).
BACK_OFF = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-in with the device flow; it belongs to the browser whose `oauth_state` is `state`."""

    state: str
    device_code: str = field(repr=False)
    user_code: str
    verification_uri: str
    interval: int
    ends_at: int

    def sealed(self) -> str:
        """Return it signed, for a cookie: nobody can make a browser redeem somebody else's code."""
        return signing.dumps(asdict(self), salt=SALT)


def device_begin(state: str) -> Waiting:
    """Ask GitHub for a code; raises DomainError."""
    told = device_authorize()
    return Waiting(
        state=state,
        device_code=told["device_code"],
        user_code=told["user_code"],
        verification_uri=told["verification_uri"],
        interval=told["interval"],
        ends_at=int(time.time()) + told["expires_in"],
    )


def device_open(sealed: str, state: str) -> Waiting | None:
    """Return what the browser kept, unless it has expired or belongs to another sign-in."""
    try:
        waiting = Waiting(**signing.loads(sealed, salt=SALT))
    except (signing.BadSignature, TypeError):
        return None
    is_of_it = constant_time_compare(waiting.state, state)
    return waiting if is_of_it and waiting.ends_at > time.time() else None


def device_ask(waiting: Waiting, *, kept_state: str, verifier: str) -> Identity | Waiting:
    """Return who typed the code, or how to go on waiting; raises DomainError when it is over."""
    back = Return(
        code=waiting.device_code, state=waiting.state, kept_state=kept_state, verifier=verifier
    )
    try:
        return identify(provider_get(GITHUB), back)
    except DomainError as error:
        if error.code != "code_exchange_failed" or error.detail not in PENDING:
            raise
        slower = BACK_OFF if error.detail == TOO_FAST else 0
        return replace(waiting, interval=waiting.interval + slower)
