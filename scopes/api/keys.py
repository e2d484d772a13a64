"""`/users/{user}/keys…` (authorization.md 3)."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.durations import to_nanoseconds
from coderauth.http.openapi import operation
from coderauth.http.query import PAGE_PARAMETERS, TRUE, read_page
from coderauth.http.viewsets import Access, Asks
from scopes.api.documents.keys import (
    KeyDocument,
    ListedKeyDocument,
    RotatedDocument,
    SecretDocument,
    TokenConfigDocument,
    UsageDocument,
    key_document,
    rotated_document,
    usage_document,
)
from scopes.api.shapes.keys import KeyRotate, TokenCreate
from scopes.http.viewsets import CallerViewSet
from scopes.keys.ceilings import ceiling_facts, ceiling_of
from scopes.keys.ending import key_expire, key_revoke
from scopes.keys.issuing import session_key_issue, token_issue
from scopes.keys.minting import TokenWish, maximum_lifetime
from scopes.keys.pausing import key_pause, key_resume
from scopes.keys.rotating import key_rotate
from scopes.keys.selectors import key_get, owner_names, token_get, tokens_visible
from scopes.keys.usage import usage_of, uses_flush
from scopes.models import Key
from scopes.people import resolve_person


class KeyViewSet(CallerViewSet):
    """API tokens and session keys."""

    access: ClassVar[dict[str, Access]] = {
        "create_session_key": Asks("api_key:create", "user:read"),
        "create_token": Asks("api_key:create", "user:read"),
        "list_tokens": Asks("api_key:read", "user:read"),
        "token_config": Asks("user:read"),
        "retrieve_by_name": Asks("api_key:read", "user:read"),
        "retrieve": Asks("api_key:read", "user:read"),
        "usage": Asks("api_key:read", "user:read"),
        "expire": Asks("api_key:update", "user:read"),
        "pause": Asks("api_key:update", "user:read"),
        "resume": Asks("api_key:update", "user:read"),
        "rotate": Asks("api_key:update", "user:read"),
        "destroy": Asks("api_key:delete", "user:read"),
    }

    @operation(
        "Make a session key",
        description="With the full scope and the default lifetime. Token lists do not show it.",
        answers={201: SecretDocument},
        refuses=("service_account_sign_in", "may_not_create_keys", "beyond_own_key"),
    )
    def create_session_key(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        secret = session_key_issue(caller=self.caller, user=person, address=self.address, way="api")
        return Response({"key": secret}, status=201)

    @operation(
        "Make an API token",
        description="The secret is shown this once. A narrowed key makes no key beyond itself.",
        body=TokenCreate,
        answers={201: SecretDocument},
        refuses=(
            "invalid_scope",
            "unsupported_scope",
            "allow_list_too_long",
            "lifetime_not_positive",
            "lifetime_too_long",
            "may_not_create_keys",
            "beyond_own_key",
            "above_ceiling",
            "token_name_taken",
        ),
    )
    def create_token(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        body = self.body(TokenCreate)
        wish = TokenWish(
            name=body["token_name"],
            scope=body["scope"],
            scopes=body["scopes"],
            allow_list=body["allow_list"],
            lifetime=body["lifetime"],
            renews=body["renews"],
        )
        _, secret = token_issue(caller=self.caller, user=person, wish=wish, address=self.address)
        return Response({"key": secret}, status=201)

    @operation(
        "List API tokens",
        answers={200: ListedKeyDocument(many=True)},
        query={
            "include_all": "Everybody's tokens, as far as you may see them.",
            "include_expired": "`false` leaves out expired tokens.",
            **PAGE_PARAMETERS,
        },
    )
    def list_tokens(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        asked = request.query_params
        everybody = asked.get("include_all", "") in TRUE
        keys = tokens_visible(
            caller=self.caller,
            user_id=None if everybody else person.pk,
            page=read_page(asked),
            with_expired=(asked.get("include_expired") or "true") in TRUE,
        )
        names = owner_names(self.caller, keys)
        return Response([_listed(key, names.get(key.user_id, "")) for key in keys])

    @operation("Show how long a new token may live", answers={200: TokenConfigDocument})
    def token_config(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        longest = to_nanoseconds(maximum_lifetime(person))
        ceilings = ceiling_facts(ceiling_of(person))
        return Response({"max_token_lifetime": longest, "ceilings": ceilings})

    @operation("Show a key by its name", answers={200: KeyDocument})
    def retrieve_by_name(self, request: Request, user: str, name: str) -> Response:
        person = resolve_person(self.caller, user)
        return Response(key_document(token_get(caller=self.caller, user_id=person.pk, name=name)))

    @operation("Show a key", answers={200: KeyDocument})
    def retrieve(self, request: Request, user: str, key_id: str) -> Response:
        resolve_person(self.caller, user)
        return Response(key_document(key_get(caller=self.caller, key_id=key_id)))

    @operation(
        "Show what a key was used for",
        description="Best effort, by the hour: what was just done may not be there yet.",
        answers={200: UsageDocument},
    )
    def usage(self, request: Request, user: str, key_id: str) -> Response:
        resolve_person(self.caller, user)
        uses_flush()
        return Response(usage_document(usage_of(key_get(caller=self.caller, key_id=key_id))))

    @operation(
        "Make a key expire now",
        description="If it is narrowed, so do the keys that it made. Lists still show it.",
        answers={204: None},
    )
    def expire(self, request: Request, user: str, key_id: str) -> Response:
        resolve_person(self.caller, user)
        key_expire(caller=self.caller, key_id=key_id)
        return Response(None, status=204)

    @operation(
        "Pause a key",
        description="Until it is resumed, it is refused, and so are the keys that it made.",
        answers={204: None},
    )
    def pause(self, request: Request, user: str, key_id: str) -> Response:
        resolve_person(self.caller, user)
        key_pause(caller=self.caller, key_id=key_id)
        return Response(None, status=204)

    @operation("Resume a paused key", answers={204: None}, refuses=("parent_paused",))
    def resume(self, request: Request, user: str, key_id: str) -> Response:
        resolve_person(self.caller, user)
        key_resume(caller=self.caller, key_id=key_id)
        return Response(None, status=204)

    @operation(
        "Rotate an API token",
        description="It gets a new secret, shown this once. The old one works for the grace.",
        body=KeyRotate,
        answers={201: RotatedDocument},
        refuses=(
            "grace_out_of_range",
            "unsupported_scope",
            "rotation_widens",
            "not_rotated",
            "rotation_beyond_own_key",
            "above_ceiling",
        ),
    )
    def rotate(self, request: Request, user: str, key_id: str) -> Response:
        resolve_person(self.caller, user)
        key, secret = key_rotate(caller=self.caller, key_id=key_id, **self.body(KeyRotate))
        return Response(rotated_document(key, secret), status=201)

    @operation(
        "Revoke a key",
        description="It ends and is deleted. If it is narrowed, so are the keys that it made.",
        answers={204: None},
    )
    def destroy(self, request: Request, user: str, key_id: str) -> Response:
        resolve_person(self.caller, user)
        key_revoke(caller=self.caller, key_id=key_id)
        return Response(None, status=204)


def _listed(key: Key, username: str) -> dict[str, Any]:
    return {**key_document(key), "username": username}
