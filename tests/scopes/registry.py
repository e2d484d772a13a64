"""Registered objects for the tests of this room."""

from typing import Any
from uuid import UUID, uuid4

from scopes.models import RegisteredObject
from tests.people import Api

FORBIDDEN = "Forbidden."


def put(api: Api, kind: str = "workspace", identifier: object = None, /, **content: Any) -> Any:
    """Register an object, of a new id unless one is given; return the answer."""
    return api.put(f"/objects/{kind}/{identifier or uuid4()}", content)


def store(kind: str = "workspace", identifier: UUID | None = None, **row: Any) -> RegisteredObject:
    """Store an object, whoever may."""
    return RegisteredObject.objects.create(type=kind, object_id=identifier or uuid4(), **row)


def path_of(row: RegisteredObject) -> str:
    return f"/objects/{row.type}/{row.object_id}"


def wrong(answer: Any) -> dict[str, str]:
    """Return the refused fields of an answer, with the reasons."""
    found = answer.json().get("validations", [])
    return {one["field"]: one["detail"] for one in found}
