"""The way to a provider and back: what the browser keeps, and what must match on its return.

The rules are in accounts.md 2.19. The state is in a cookie, so an answer is good only in the
browser that asked (RFC 6749 10.12). The verifier ties the code to it as well (RFC 7636), and the
nonce, made of both and of the provider's name, ties the ID token to it: neither can be used with
another provider (RFC 9700 4.4).
"""

import base64
import hmac
import logging
import re
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.crypto import constant_time_compare, get_random_string

from accounts.federation.conversion import STATE_LENGTH, STATE_PREFIX
from accounts.providers.calls import call
from accounts.providers.identity import Identity, Proof, Provider
from coderauth.errors import DomainError, InvalidRequest, SignInRefused
from coderauth.http.redirects import local_part

logger = logging.getLogger(__name__)

VERIFIER_LENGTH = 64
# What GitHub answers until the code of a device is typed (RFC 8628 3.5): nothing went wrong.
TOO_FAST = "slow_down"
PENDING = frozenset({"authorization_pending", TOO_FAST})
# What a code and a verifier are made of (RFC 6749 A.11, RFC 7636 4.1); Authlib fails on others.
VISIBLE = re.compile(r"[ -~]+")
MERGE_STATE = re.compile(rf"{STATE_PREFIX}[A-Za-z0-9]{{{STATE_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes to sign in, and what it keeps until it returns."""

    url: str = field(repr=False)
    state: str
    redirect: str
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """What the browser brings back: the query of the callback, and the cookies of its departure."""

    code: str = field(repr=False)
    state: str
    kept_state: str
    verifier: str = field(repr=False)
    issuer: str = ""


def depart(provider: Provider, *, merge_state: str, redirect: str) -> Departure:
    """Begin a sign-in.

    `merge_state` is the state of a conversion; nothing else is taken (accounts.md H8). May ask the
    provider for its metadata; raises DomainError when it does not answer.
    """
    state = merge_state if MERGE_STATE.fullmatch(merge_state) else get_random_string(STATE_LENGTH)
    verifier = get_random_string(VERIFIER_LENGTH)
    nonce = _nonce(provider, state, verifier)
    url = call(provider.authorize_url(state=state, nonce=nonce, verifier=verifier))
    return Departure(url=url, state=state, redirect=local_part(redirect), verifier=verifier)


def identify(provider: Provider, back: Return) -> Identity:
    """Return the identity that the provider signed in for this very browser.

    Raises in the order of accounts.md 2.19, then what the provider's own checks raise.
    """
    if not back.state:
        raise InvalidRequest("state_missing")
    if not back.kept_state:
        raise SignInRefused("state_cookie_missing")
    if not constant_time_compare(back.kept_state, back.state):
        raise SignInRefused("state_mismatch")
    if not back.verifier:
        raise InvalidRequest("verifier_missing")
    if not VISIBLE.fullmatch(back.code) or not VISIBLE.fullmatch(back.verifier):
        raise InvalidRequest("code_exchange_failed", reason="No provider issues such a code.")
    proof = Proof(
        code=back.code,
        verifier=back.verifier,
        nonce=_nonce(provider, back.state, back.verifier),
        issuer=back.issuer,
    )
    try:
        return call(provider.identify(proof))
    except DomainError as error:
        if error.detail not in PENDING:
            # People are told little; what an administrator needs to know is here.
            logger.warning(
                "Provider %s signed nobody in: %s %s", provider.id, error.code, error.detail
            )
        raise


def refusal_of_provider(error: str, description: str, uri: str) -> DomainError:
    """Return what to say about an `error` that the provider sent back (RFC 6749 4.1.2.1)."""
    told = [description, f"error_uri: {uri}" if uri else ""]
    detail = ", ".join(text for text in told if text)
    return InvalidRequest("provider_error", error=error, detail=detail)


def _nonce(provider: Provider, state: str, verifier: str) -> str:
    text = "\n".join(("coderauth.accounts.nonce", provider.id, state, verifier))
    digest = hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
