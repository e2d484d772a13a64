"""How e-mail addresses are compared: by a folded form that is stored beside each.

It is `coderauth.folding`'s, which maps no two people to one.
"""

from typing import Any

from django.db import models

from coderauth.folding import fold


class FoldedAddress(models.CharField[str, str]):
    """The folded form of the row's `email`, written whenever the row is."""

    def pre_save(self, model_instance: Any, add: bool) -> str:
        folded = fold(model_instance.email)
        setattr(model_instance, self.attname, folded)
        return folded


def is_as_written(address: str, other: str) -> bool:
    """Say whether two addresses are the same letter by letter, but for the case of ASCII.

    What a provider says opens an account: only the case that no mail server heeds may differ.
    """
    return _octets(address) == _octets(other)


def _octets(address: str) -> bytes:
    return address.encode("utf-8", "surrogatepass").lower()
