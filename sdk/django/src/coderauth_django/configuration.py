"""`CODERAUTH` in the settings of the service."""

from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

LONGEST = 60.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """What can be configured, there in capital letters.

    Without `url` and `token`, those are in CODERAUTH_URL and CODERAUTH_TOKEN of the environment.
    `cache_seconds` is for how long a good answer is believed; 0 asks for each request. `timeout` is
    the seconds that connecting and each part of an answer may take.
    """

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    cache_seconds: float = 5.0
    timeout: float = 2.0

    def __post_init__(self) -> None:
        if not 0 <= self.cache_seconds <= LONGEST:
            raise ImproperlyConfigured(f"CODERAUTH: CACHE_SECONDS must be from 0 to {LONGEST:.0f}.")
        if self.timeout <= 0:
            raise ImproperlyConfigured("CODERAUTH: TIMEOUT must be more than 0 seconds.")


def configuration() -> Configuration:
    """Return the configuration; raises ImproperlyConfigured."""
    given = {name.lower(): value for name, value in getattr(settings, "CODERAUTH", {}).items()}
    if unknown := given.keys() - set(Configuration.__slots__):
        raise ImproperlyConfigured(f"CODERAUTH has no {', '.join(sorted(unknown)).upper()}.")
    return Configuration(**given)
