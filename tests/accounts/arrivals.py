"""People who arrive from a provider, as the entry layer hands them over."""

from dataclasses import dataclass
from typing import Any

from accounts.federation.linking import Arrival, Session, identity_sign_in
from accounts.models import User
from accounts.providers.identity import Identity, Proof, Tokens
from scopes.keys.verifying import verify
from scopes.models import LoginType

ISSUER = "https://id.example.test"
STATE = "s" * 32


@dataclass(frozen=True)
class Elsewhere:
    """A configured provider; what it says of people is given to `arrive` as an identity."""

    id: str = "oidc"
    login_type: LoginType = LoginType.OIDC
    label: str = "OpenID Connect"
    icon_url: str = ""
    allow_signups: bool = True
    signups_disabled_text: str = ""
    redirect_uri: str = ""

    async def authorize_url(self, *, state: str, nonce: str, verifier: str) -> str:
        raise AssertionError("nobody is sent there")

    async def identify(self, proof: Proof) -> Identity:
        raise AssertionError("nobody is asked about")

    async def refresh(self, refresh_token: str) -> Tokens:
        raise AssertionError("nothing is renewed")


OIDC = Elsewhere()
GITHUB = Elsewhere(id="github", login_type=LoginType.GITHUB, label="GitHub")


def somebody(name: str = "alice", /, **says: Any) -> Identity:
    """Return an identity whose subject, address and username come from a name."""
    values: dict[str, Any] = {
        "linked_id": f"{ISSUER}||{name}",
        "email": f"{name}@example.test",
        "username": name,
        "tokens": Tokens(f"access-{name}", f"refresh-{name}"),
        **says,
    }
    return Identity(**values)


def arrive(
    identity: Identity,
    provider: Elsewhere = OIDC,
    *,
    state: str = STATE,
    conversion: str = "",
    may_set_up: bool = True,
) -> Session:
    """Sign in with what a provider said."""
    arrival = Arrival(state, conversion, "192.0.2.7", may_set_up)
    return identity_sign_in(provider, identity, arrival)


def whose(session: Session) -> User:
    """Return whose session it is; it must be one that the API takes."""
    caller = verify(session.secret, address="192.0.2.7")
    return User.objects.get(pk=caller.id)
