"""What the operator of the machine may do to keys: there is no caller, and no permission."""

from typing import Any

from django.db import transaction

from audit.records import Attempt
from scopes.keys.ending import delete_key, expire_key
from scopes.keys.issuing import key_insert, record_creation, with_free_name
from scopes.keys.minting import KeySpec, TokenWish, plan_wish
from scopes.keys.rows import key_about
from scopes.models import Key


def token_create(*, user: Any, wish: TokenWish) -> tuple[Key, str]:
    """Make an API token for somebody; return it with its secret, shown this once.

    Raises as `token_issue`, but for permissions.
    """

    def store(spec: KeySpec) -> tuple[Key, str]:
        with transaction.atomic():
            key, secret = key_insert(user_id=user.pk, spec=spec)
            record_creation(key, actor_id=None)
        return key, secret

    return with_free_name(wish, plan_wish(user, wish), store)


def key_delete(*, key: Key) -> None:
    """End a key at once; raises NotFound when it is gone."""
    delete_key(key, Attempt("delete", "api_key", **key_about(key)))


def key_end(*, key: Key) -> None:
    """Make a key expire now and keep its row; raises NotFound when it is gone."""
    expire_key(key, Attempt("write", "api_key", **key_about(key)))
