"""The ways to sign in that pages offer, with a button for each provider."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.utils.http import urlencode

from accounts.models import UserLink, UserLoginType
from accounts.providers.identity import Provider
from accounts.providers.registry import providers
from coderauth.http.middleware import page_policy
from coderauth.http.redirects import local_part
from scopes.callers import Caller

# `CODERAUTH_OIDC_SIGN_IN_TEXT` may be a name or, as in Coder's documentation, a sentence.
_VERB = re.compile(r"(sign|log) ?in (with|using|via) (?=\S)", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Way:
    """A provider on pages; `path` is where a sign-in with it begins."""

    id: str
    login_type: str
    name: str
    path: str
    icon_url: str = ""

    def begin(self, **query: str) -> str:
        """Return the path on which a sign-in this way begins."""
        return f"{self.path}?{urlencode(query)}"


def ways() -> list[Way]:
    """Return the ways, in the order of the configuration."""
    return [_way(provider) for provider in providers()]


def way_find(way_id: str) -> Way | None:
    return next((way for way in ways() if way.id == way_id), None)


def way_name(caller: Caller) -> str:
    """Say in words how an account signs in. Costs a query for accounts of a provider."""
    if caller.login_type == UserLoginType.PASSWORD:
        return "a password"
    way = way_of(caller)
    return login_type_name(caller.login_type) if way is None else way.name


def way_of(caller: Caller) -> Way | None:
    """Return the provider that an account signs in with; costs a query."""
    link = UserLink.objects.filter(user_id=caller.id, login_type=caller.login_type).first()
    return None if link is None else way_find(link.provider)


def login_type_name(login_type: str) -> str:
    """Return the name of the only provider of a login type, or of the type itself."""
    found = [way.name for way in ways() if way.login_type == login_type]
    names = {"github": "GitHub", "oidc": "OpenID Connect", "none": "keys only"}
    return found[0] if len(found) == 1 else names.get(login_type, login_type)


def allow_icons(response: HttpResponse, shown: Iterable[Way]) -> None:
    """Let the page show the icons of these ways, and load nothing else from their hosts."""
    origins = {_origin(way.icon_url) for way in shown} - {""}
    response.headers["Content-Security-Policy"] = page_policy(*sorted(origins))


def _way(provider: Provider) -> Way:
    return Way(
        id=provider.id,
        login_type=provider.login_type.value,
        name=_VERB.sub("", provider.label, count=1),
        path=local_part(provider.redirect_uri),
        icon_url=provider.icon_url,
    )


def _origin(url: str) -> str:
    """Return the origin of an absolute URL; empty if its host could end the directive."""
    parts = urlsplit(url)
    is_remote = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.netloc)
    return f"{parts.scheme}://{parts.netloc}" if is_remote else ""
