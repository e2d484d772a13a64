"""Move links from one issuer to another, for a provider that was renamed or moved."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Left
from django.utils import timezone

from accounts.models import ProviderSession, UserLink, UserLoginType
from accounts.providers.configuration import OidcConfig
from audit.records import difference, record
from coderauth.errors import InvalidRequest
from coderauth.uniqueness import is_double

BATCH = 200
SEPARATOR = "||"


@dataclass(frozen=True, slots=True)
class Relinked:
    """A person of the earlier issuer; `is_taken` if another account is already linked to them."""

    username: str
    subject: str
    is_taken: bool


def links_relink(*, old: str, new: str, is_rehearsal: bool = False) -> Iterator[list[Relinked]]:
    """Link everybody of the issuer `old` to the person of the same subject at `new`.

    Yields the outcome, one batch in a transaction; in a rehearsal, what the outcome would be.
    People whose new link another account has are left alone. Tokens of the earlier issuer are
    deleted: another issuer must not see them. May be repeated. Raises InvalidRequest unless `new`
    is configured.
    """
    config = _configured(new)
    after = 0
    while rows := _batch(old, after):
        after = rows[-1].pk
        if is_rehearsal:
            taken = _taken([_subject(row, old) for row in rows], new)
            yield [_of(row, old, is_taken=_subject(row, old) in taken) for row in rows]
            continue
        with transaction.atomic():
            yield [_move(row, old, config) for row in rows]


def issuers_linked() -> list[str]:
    """Return the issuers whose people have links."""
    linked = UserLink.objects.filter(login_type=UserLoginType.OIDC).exclude(linked_id="")
    found = linked.values_list("linked_id", flat=True)
    return sorted({one.rpartition(SEPARATOR)[0] for one in found.iterator()})


def _configured(issuer: str) -> OidcConfig:
    for config in settings.OIDC_PROVIDERS.values():
        if config.issuer_url == issuer:
            found: OidcConfig = config
            return found
    raise InvalidRequest("issuer_not_configured", issuer=issuer)


def _batch(issuer: str, after: int) -> list[UserLink]:
    prefix = issuer + SEPARATOR
    # Not by LIKE: SQLite's does not tell upper from lower case.
    rows = UserLink.objects.alias(beginning=Left("linked_id", len(prefix))).filter(
        login_type=UserLoginType.OIDC, beginning=prefix, pk__gt=after
    )
    return list(rows.select_related("user").order_by("pk")[:BATCH])


def _subject(row: UserLink, issuer: str) -> str:
    return row.linked_id.removeprefix(issuer + SEPARATOR)


def _taken(subjects: list[str], issuer: str) -> set[str]:
    wanted = [f"{issuer}{SEPARATOR}{subject}" for subject in subjects]
    rows = UserLink.objects.filter(login_type=UserLoginType.OIDC, linked_id__in=wanted)
    return {_subject(row, issuer) for row in rows}


def _of(row: UserLink, issuer: str, *, is_taken: bool) -> Relinked:
    return Relinked(row.user.username, _subject(row, issuer), is_taken)


def _move(row: UserLink, old: str, config: OidcConfig) -> Relinked:
    before = row.linked_id
    after = f"{config.issuer_url}{SEPARATOR}{_subject(row, old)}"
    # Only links that have not changed since they were read.
    unchanged = UserLink.objects.filter(pk=row.pk, linked_id=before)
    try:
        with transaction.atomic():
            unchanged.update(
                linked_id=after,
                provider=config.id,
                access_token="",
                refresh_token="",
                renewing_until=None,
                updated_at=timezone.now(),
            )
    except IntegrityError as error:
        if not is_double(error):
            raise
        return _of(row, old, is_taken=True)
    # The digests of its sessions contain the earlier issuer.
    ProviderSession.objects.filter(user_id=row.user_id).update(session="")
    record(
        action="write",
        resource_type="user",
        resource_id=row.user_id,
        resource_target=row.user.username,
        diff=difference({"linked_id": before}, {"linked_id": after}),
        additional_fields={"automatic_actor": "coder", "automatic_subsystem": "relink_issuer"},
    )
    return _of(row, old, is_taken=False)
