"""Sign out of a provider as well, and let a provider sign people out.

With RP-initiated logout, a browser that signs out here is redirected to the provider. With
back-channel logout, the provider tells us, without a browser, that somebody has signed out there.
"""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.links.provider_sessions import id_token_of, sessions_named, sessions_with_name
from accounts.models import UsedLogoutToken, User, UserLink, UserLoginType
from accounts.providers.calls import call
from accounts.providers.logout_tokens import Logout, require_plausible
from accounts.providers.oidc import OidcProvider
from accounts.sessions.sign_out import app_keys
from audit.records import record
from coderauth.errors import InvalidRequest
from coderauth.uniqueness import taken_means
from scopes.callers import Caller
from scopes.models import Key, LoginType

# Sessions of people who sign in with OIDC: `coder login` makes the second kind, from the first.
SESSIONS = (LoginType.OIDC, LoginType.PASSWORD)


def provider_sign_out_url(*, caller: Caller) -> str:
    """Return where the browser signs out of the session's provider, or an empty text.

    Raises DomainError when the provider does not answer.
    """
    if caller.key_login_type != LoginType.OIDC:
        return ""
    link = UserLink.objects.filter(user_id=caller.id, login_type=UserLoginType.OIDC).first()
    config = None if link is None else settings.OIDC_PROVIDERS.get(link.provider)
    if config is None or not config.signs_out:
        return ""
    return call(OidcProvider(config).sign_out_url(id_token_of(caller.key_id)))


def provider_logout(*, provider_id: str, token: str) -> None:
    """End the sessions that a provider's logout token is about; API tokens stay.

    The person need not have signed in here. Raises InvalidRequest for a provider that is not
    configured, DomainError for an invalid token and for one that was used before.
    """
    config = settings.OIDC_PROVIDERS.get(provider_id)
    if config is None:
        raise InvalidRequest("provider_not_configured")
    require_plausible(config, token)
    logout = call(OidcProvider(config).read_logout(token))
    with transaction.atomic():
        _use_up(logout)
        for user in _people(logout):
            keys = _sessions(user, logout)
            ended, _ = Key.objects.filter(pk__in=[*keys, *app_keys(user.pk)]).delete()
            if ended:
                record(
                    action="logout",
                    resource_type="api_key",
                    resource_id=user.pk,
                    resource_target=user.username,
                    additional_fields={
                        "automatic_actor": "coder",
                        "automatic_subsystem": "backchannel_logout",
                        "provider": provider_id,
                        "deleted": ended,
                    },
                )


def _use_up(logout: Logout) -> None:
    """Refuse a token that was used before: an old one could sign people out for ever."""
    UsedLogoutToken.objects.filter(expires_at__lt=timezone.now()).delete()
    used = InvalidRequest("logout_token_invalid", reason="It was already used.")
    with taken_means(used), transaction.atomic():
        UsedLogoutToken.objects.create(digest=logout.digest, expires_at=logout.expires_at)


def _people(logout: Logout) -> list[User]:
    """Lock and return the users whose sessions end, so that no new one begins unseen."""
    wanted: set[UUID] = set(sessions_named(logout.session).values()) if logout.session else set()
    if logout.linked_id:
        links = UserLink.objects.filter(login_type=UserLoginType.OIDC, linked_id=logout.linked_id)
        wanted.update(links.values_list("user_id", flat=True))
    rows = User.objects.select_for_update().filter(pk__in=wanted, login_type=UserLoginType.OIDC)
    return list(rows.order_by("pk"))


def _sessions(user: User, logout: Logout) -> list[str]:
    """Return the keys that end: of one session at the provider, or all sessions of the person.

    If both are named, sign-ins with an unknown session at the provider end, too.
    """
    sessions = Key.objects.filter(user=user, login_type__in=SESSIONS)
    if logout.session:
        of_provider = sessions.filter(login_type=LoginType.OIDC)
        named = of_provider.filter(pk__in=list(sessions_named(logout.session)))
        unnamed = of_provider.exclude(pk__in=sessions_with_name(user.pk))
        sessions = named | unnamed if logout.linked_id else named
    return list(sessions.values_list("pk", flat=True))
