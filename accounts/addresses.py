"""How e-mail addresses are compared: by a folded form that is stored with each address.

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
    """Say whether two addresses are equal, apart from the case of ASCII letters.

    A provider's address opens an account, so only the case that all mail servers ignore may differ.
    """
    return _octets(address) == _octets(other)


def _octets(address: str) -> bytes:
    return address.encode("utf-8", "surrogatepass").lower()
