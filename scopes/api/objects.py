"""`/objects…`: services register what they have, so that checks can name its id (decision D17)."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.errors import InvalidRequest, NotFound
from coderauth.http.openapi import operation
from coderauth.http.query import AFTER_ID, QueryReader, Values, count, uuid_or_none
from coderauth.http.uuids import parse_uuid
from coderauth.http.viewsets import WHATEVER_IS_NAMED, Access, SignedIn
from scopes.api.documents.objects import (
    ObjectCountsDocument,
    ObjectDocument,
    ObjectPageDocument,
    object_document,
)
from scopes.api.shapes.objects import (
    ObjectsChange,
    ObjectWrite,
    read_name,
    read_puts,
    read_references,
    read_wish,
)
from scopes.http.viewsets import CallerViewSet
from scopes.objects.changes import object_delete, object_put, objects_change
from scopes.objects.selectors import DEFAULT_LIMIT, MOST, object_get, objects_page
from scopes.objects.types import ObjectName, require_registrable

OF_THE_TYPE = "the permission is that of the object's own type"
REFUSED = ("type_not_registrable", "forbidden")


class ObjectViewSet(CallerViewSet):
    """Objects that services register, so that checks can name them."""

    access: ClassVar[dict[str, Access]] = {
        "list": SignedIn(OF_THE_TYPE, ("*:read",)),
        "retrieve": SignedIn(OF_THE_TYPE, ("*:read",)),
        "replace": SignedIn(OF_THE_TYPE, (WHATEVER_IS_NAMED,)),
        "destroy": SignedIn(OF_THE_TYPE, ("*:delete", "*:create", "*:read")),
        "change_many": SignedIn(OF_THE_TYPE, (WHATEVER_IS_NAMED,)),
    }

    @operation(
        "List registered objects of a type",
        description="Those you may read, by id.",
        answers={200: ObjectPageDocument},
        query={
            "owner_id": (str, "Only those of this user; `me` is you."),
            "organization_id": (UUID, "Only those in this organization."),
            "limit": (int, f"At most this many, up to {MOST}; absent or 0: {DEFAULT_LIMIT}."),
            **AFTER_ID,
        },
        refuses=("type_not_registrable",),
    )
    def list(self, request: Request, resource_type: str) -> Response:
        require_registrable(resource_type)
        wanted = _read_filter(request.query_params, self.caller.id)
        page = objects_page(caller=self.caller, kind=resource_type, **wanted)
        return Response(
            {
                "objects": [object_document(row) for row in page.rows],
                "next_after_id": str(page.next_after_id or ""),
            }
        )

    @operation(
        "Show a registered object",
        answers={200: ObjectDocument},
        refuses=("type_not_registrable",),
    )
    def retrieve(self, request: Request, resource_type: str, resource_id: str) -> Response:
        name = _name(resource_type, resource_id)
        return Response(object_document(object_get(caller=self.caller, name=name)))

    @operation(
        "Register an object, or replace what is registered",
        description="Needs `create` or `update` on it; types without `update` need `create`.",
        body=ObjectWrite,
        answers={200: ObjectDocument, 201: ObjectDocument},
        refuses=(*REFUSED, "acl_beyond_author"),
    )
    def replace(self, request: Request, resource_type: str, resource_id: str) -> Response:
        name = read_name(resource_type, resource_id)
        wish = read_wish(name, self.body(ObjectWrite), self.caller.id)
        row, is_new = object_put(caller=self.caller, wish=wish)
        return Response(object_document(row), status=201 if is_new else 200)

    @operation(
        "Forget a registered object",
        description="Needs `delete` on it; types without `delete` need `create`.",
        answers={204: None},
        refuses=REFUSED,
    )
    def destroy(self, request: Request, resource_type: str, resource_id: str) -> Response:
        object_delete(caller=self.caller, name=_name(resource_type, resource_id))
        return Response(None, status=204)

    @operation(
        "Register and forget many objects, all or none",
        description="At most 1,000. A refusal names the first entry that is refused.",
        body=ObjectsChange,
        answers={200: ObjectCountsDocument},
        refuses=(*REFUSED, "too_many_objects", "acl_beyond_author", "not_found"),
    )
    def change_many(self, request: Request) -> Response:
        body = self.body(ObjectsChange)
        put, delete = read_puts(body["put"], self.caller.id), read_references(body["delete"])
        return Response(objects_change(caller=self.caller, put=put, delete=delete))


def _name(kind: str, text: str) -> ObjectName:
    """Return the object that a path means; a text that is not an id means none."""
    require_registrable(kind)
    found = parse_uuid(text)
    if found is None:
        raise NotFound("not_found")
    return ObjectName(kind, found)


def _read_filter(values: Values, me: str) -> dict[str, Any]:
    """Return the page that is wanted; raises InvalidRequest with everything that is wrong."""
    reader = QueryReader(values)
    wanted = {
        "owner_id": reader.single("owner_id", lambda text: uuid_or_none(_or_me(text, me)), None),
        "organization_id": reader.single("organization_id", uuid_or_none, None),
        "after_id": reader.single("after_id", uuid_or_none, None),
        "limit": reader.single("limit", count, 0),
    }
    if reader.wrong:
        raise InvalidRequest("invalid_query", validations=reader.wrong)
    return wanted


def _or_me(text: str, me: str) -> str:
    return me if text == "me" else text
