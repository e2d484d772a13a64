"""Re-encrypt the tokens of providers with the current key, so that earlier keys can go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Model

from accounts.links.encryption import Undecryptable, decrypt, encrypt, is_current
from accounts.models import ProviderSession, UserLink

BATCH = 200
ENCRYPTED: Mapping[type[Model], tuple[str, ...]] = {
    UserLink: ("access_token", "refresh_token"),
    ProviderSession: ("id_token",),
}


@dataclass(slots=True)
class Rotation:
    """How many links and sessions there are, how many have changed, how many no key can read."""

    links: int = 0
    rotated: int = 0
    unreadable: int = 0


def links_rotate() -> Iterator[Rotation]:
    """Encrypt the tokens of all links with the current key, one batch in a transaction.

    Yields its progress. May run beside the server, and repeatedly: sign-ins wait for one batch at
    most, and what is encrypted with the current key is skipped. Unreadable tokens stay as they are.
    """
    so_far = Rotation()
    for model in ENCRYPTED:
        after: object = None
        while links := _rotate_batch(model, after, so_far):
            after = links[-1].pk
            yield so_far


def links_count() -> int:
    """Return how many there are to go through."""
    return sum(model._default_manager.count() for model in ENCRYPTED)


def _rotate_batch(model: type[Model], after: object, so_far: Rotation) -> list[Model]:
    with transaction.atomic():
        rows = model._default_manager.select_for_update().order_by("pk")
        links = list((rows if after is None else rows.filter(pk__gt=after))[:BATCH])
        for link in links:
            _rotate(link, so_far)
    return links


def _rotate(link: Model, so_far: Rotation) -> None:
    so_far.links += 1
    old = [name for name in ENCRYPTED[type(link)] if not is_current(getattr(link, name))]
    readable: dict[str, str] = {}
    for name in old:
        try:
            readable[name] = encrypt(decrypt(getattr(link, name)))
        except Undecryptable:
            continue
    if readable:
        type(link)._default_manager.filter(pk=link.pk).update(**readable)
    so_far.rotated += bool(readable) and len(readable) == len(old)
    so_far.unreadable += len(readable) < len(old)
