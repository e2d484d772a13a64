"""Whose account it is that a provider signed in (accounts.md 2.21 and 4)."""

from dataclasses import dataclass, field

from accounts.providers.identity import Identity, Provider


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the browser brought besides the identity.

    `state` begins with `convert-` when an account is to be converted, and `conversion` is the
    signed cookie that says so.
    """

    state: str
    conversion: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session that an identity opened; `converted`: the account changed its login type."""

    secret: str = field(repr=False)
    converted: bool = False


def identity_sign_in(provider: Provider, identity: Identity, arrival: Arrival) -> Session:
    """Find, make or convert the account of an identity, and sign it in."""
    raise NotImplementedError
