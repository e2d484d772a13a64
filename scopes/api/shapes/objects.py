"""Requests about registered objects, and how they are read."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers

from coderauth.errors import InvalidRequest, Validation, refusals_about
from coderauth.http.body import Json, Jsons, RequestBody, Text, Uuid
from coderauth.http.uuids import parse_uuid, uuid_error
from scopes.objects.acl import GROUPS, USERS, acl_read
from scopes.objects.changes import ObjectWish
from scopes.objects.types import ObjectName, require_registrable


def _acl(meaning: str) -> Json:
    actions = serializers.ListField(child=serializers.CharField())
    return Json(child=actions, help_text=meaning)


class ObjectWrite(RequestBody):
    owner_id = Text(help_text="A user id, or `me`; absent or empty: nobody.")
    organization_id = Uuid(help_text="Absent: in no organization.")
    acl_user_list = _acl("By user id: what that user may do in addition; `*` is every action.")
    acl_group_list = _acl(
        "By the id of a group of the organization: what its members may do in addition; the "
        "organization's own id stands for all of its members."
    )

    example = {
        "owner_id": "3c0d6f5e-8a0c-4c1e-9b1f-0d8f6f1b2a77",
        "organization_id": "b1f3c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
        "acl_group_list": {"b1f3c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d": ["read"]},
    }


class ObjectReference(RequestBody):
    type = Text(required=True, help_text="A type of the policy, such as `workspace`.")
    id = Text(required=True, help_text="The UUID that the object has in the service that keeps it.")


class ObjectPut(ObjectReference, ObjectWrite):
    example = {"type": "workspace", "id": "8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10"}


class ObjectsChange(RequestBody):
    put = Jsons(help_text="Objects to register or replace: see ObjectPut.")
    delete = Jsons(help_text="Objects to forget: see ObjectReference.")

    example = {
        "put": [ObjectPut.example | ObjectWrite.example],
        "delete": [{"type": "workspace", "id": "f2a7c0de-52c7-4d5b-9c37-3f0b6a1d2e33"}],
    }


def read_name(kind: str, identifier: str) -> ObjectName:
    """Return the name of an object; raises InvalidRequest for a type or id that cannot exist."""
    require_registrable(kind)
    found = parse_uuid(identifier)
    if found is None or not found.int:
        reason = uuid_error(identifier) or "the nil UUID is not an id"
        raise InvalidRequest("validation_failed", validations=[Validation("id", reason)])
    return ObjectName(kind, found)


def read_wish(name: ObjectName, body: Mapping[str, Any], me: str) -> ObjectWish:
    """Return the object described by a body of ObjectWrite; `me` is the caller's id."""
    return ObjectWish(
        name,
        owner_id=_owner(body["owner_id"], me),
        organization_id=body["organization_id"],
        acl_users=acl_read(body[USERS], name.type, USERS),
        acl_groups=acl_read(body[GROUPS], name.type, GROUPS),
    )


def read_puts(items: Sequence[Any], me: str) -> list[ObjectWish]:
    """Return the objects described by a list; a refusal names the entry."""
    wishes = []
    for number, item in enumerate(items):
        with refusals_about(f"put[{number}]"):
            body = ObjectPut.of(item)
            wishes.append(read_wish(read_name(body["type"], body["id"]), body, me))
    return wishes


def read_references(items: Sequence[Any]) -> list[ObjectName]:
    """Return the objects that a list names; a refusal names the entry."""
    names = []
    for number, item in enumerate(items):
        with refusals_about(f"delete[{number}]"):
            body = ObjectReference.of(item)
            names.append(read_name(body["type"], body["id"]))
    return names


def _owner(text: str, me: str) -> UUID | None:
    if not text:
        return None
    found = parse_uuid(me if text == "me" else text)
    if found is None:
        reason = f"{uuid_error(text)}; give a user id, or me"
        raise InvalidRequest("validation_failed", validations=[Validation("owner_id", reason)])
    return found if found.int else None
