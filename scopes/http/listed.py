"""Keys and sessions as the pages of all rooms list them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse

from scopes.keys.devices import device_of
from scopes.keys.rows import renews
from scopes.keys.states import KeyState, state_of
from scopes.models import Key

WAYS = {
    "password": "with a password",
    "oidc": "through a provider",
    "github": "through GitHub",
    "cli_auth": "for a command line",
    "api": "made by the API",
}


@dataclass(frozen=True)
class ListedKey:
    """A key from `KeyQuerySet.judged` with what a row says about it."""

    key: Key
    now: datetime

    @cached_property
    def state(self) -> KeyState:
        return state_of(self.key, self.now)

    @property
    def url(self) -> str:
        return reverse("key", args=[self.key.pk])

    @property
    def has_ended(self) -> bool:
        return self.key.has_expired(self.now)

    @property
    def renews(self) -> bool:
        """Say whether use moves its end."""
        return renews(self.key)


@dataclass(frozen=True)
class ListedSession:
    """A session with the device that people recognize it by."""

    key: Key
    is_current: bool

    @property
    def device(self) -> str:
        return device_of(self.key.user_agent)

    @property
    def way(self) -> str:
        return WAYS.get(self.key.way, "")
