"""Re-encrypt the tokens of providers with the current key, so that earlier keys can go."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from accounts.links.encryption import Undecryptable, decrypt, encrypt, is_current
from accounts.models import UserLink

BATCH = 200
TOKENS = ("access_token", "refresh_token")


@dataclass(slots=True)
class Rotation:
    """How many links there are, how many have changed, and how many no key can read."""

    links: int = 0
    rotated: int = 0
    unreadable: int = 0


def links_rotate() -> Iterator[Rotation]:
    """Encrypt the tokens of all links with the current key, one batch in a transaction.

    Yields its progress. May run beside the server, and repeatedly: sign-ins wait for one batch at
    most, and what is encrypted with the current key is skipped. Unreadable tokens stay as they are.
    """
    so_far, after = Rotation(), 0
    while True:
        with transaction.atomic():
            rows = UserLink.objects.select_for_update().filter(pk__gt=after).order_by("pk")
            links = list(rows[:BATCH])
            for link in links:
                _rotate(link, so_far)
        if not links:
            return
        after = links[-1].pk
        yield so_far


def _rotate(link: UserLink, so_far: Rotation) -> None:
    so_far.links += 1
    old = [name for name in TOKENS if not is_current(getattr(link, name))]
    readable: dict[str, str] = {}
    for name in old:
        try:
            readable[name] = encrypt(decrypt(getattr(link, name)))
        except Undecryptable:
            continue
    if readable:
        UserLink.objects.filter(pk=link.pk).update(**readable)
    so_far.rotated += bool(readable) and len(readable) == len(old)
    so_far.unreadable += len(readable) < len(old)
