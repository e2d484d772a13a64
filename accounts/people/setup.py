"""Who may make the first owner: users of the machine, and those who know the set-up secret.

An installation without users belongs to anybody who makes the first one. That must not be a
stranger who finds it first, by scanning or through a page that somebody on the machine opens.
"""

import base64
from typing import Final

from django.utils.crypto import constant_time_compare, salted_hmac

from coderauth.errors import Forbidden
from coderauth.models import Deployment

SECRET_BYTES: Final = 15  # 24 letters and digits
GROUP: Final = 4


def setup_secret() -> str:
    """Return the set-up secret, such as `K3QX-…`: 120 bits, the same on all replicas.

    It is derived from the secret key and the database, so that nothing is stored, and it is useless
    once there is a user.
    """
    digest = salted_hmac(
        "coderauth.accounts.setup", str(Deployment.current().id), algorithm="sha256"
    ).digest()
    text = base64.b32encode(digest[:SECRET_BYTES]).decode()
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def may_set_up(*, is_nearby: bool, shown: str) -> bool:
    """Say whether a request may make the first owner; `shown` is the secret that it brings."""
    return is_nearby or (
        bool(shown) and constant_time_compare(_plain(shown), _plain(setup_secret()))
    )


def require_setup(*, is_nearby: bool, shown: str) -> None:
    """Raise Forbidden, with what to do, for a request that may not make the first owner."""
    if not may_set_up(is_nearby=is_nearby, shown=shown):
        raise Forbidden("setup_secret_required")


def _plain(text: str) -> str:
    """Return the letters and digits of a typed secret."""
    return "".join(text.split()).replace("-", "").upper()
