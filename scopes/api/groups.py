"""`/organizations/{organization}/groups` and `/groups/{group}` (authorization.md 5.7)."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.documents import message
from coderauth.http.openapi import operation
from coderauth.http.query import TRUE
from coderauth.http.uuids import parse_uuid
from coderauth.http.viewsets import Access, Asks
from scopes.api.documents.groups import GroupDocument, group_document
from scopes.api.shapes.groups import GroupCreate, GroupUpdate
from scopes.callers import Caller
from scopes.http.viewsets import CallerViewSet
from scopes.models import Group
from scopes.organizations.groups import (
    group_create,
    group_delete,
    group_get,
    group_named,
    group_people,
    group_update,
    groups_found,
    groups_visible,
    person_is_visible,
)
from scopes.organizations.selectors import organization_get
from scopes.people import resolve_person

MEMBERS = {"exclude_members": "Leave the members out, but not their number."}


class GroupViewSet(CallerViewSet):
    """Groups of an organization's members, which access lists can name."""

    access: ClassVar[dict[str, Access]] = {
        "list": Asks("group:read", "organization:read", "group_member:read"),
        "search": Asks("group:read", "organization:read", "user:read", "group_member:read"),
        "retrieve_named": Asks("group:read", "organization:read", "group_member:read"),
        "retrieve": Asks("group:read", "group_member:read"),
        "create": Asks("group:create", "organization:read"),
        "update": Asks("group:update", "group:read", "group_member:read"),
        "destroy": Asks("group:delete", "group:read"),
    }

    @operation(
        "List the groups of an organization",
        description="Those you may see. `Everyone` has the organization's id.",
        answers={200: GroupDocument(many=True)},
    )
    def list(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        return Response(_shown(self.caller, groups_visible(self.caller, found)))

    @operation(
        "Find groups",
        description="Those you may see, by default in all organizations.",
        answers={200: GroupDocument(many=True)},
        query={
            "organization": (
                str,
                "Only groups of this organization: its id, its name or `default`.",
            ),
            "has_member": (str, "Only groups with this member: an id, a username or `me`."),
            "group_ids": (str, "Only groups with these ids; commas between."),
        },
        refuses=("unknown_user", "not_found"),
    )
    def search(self, request: Request) -> Response:
        asked = request.query_params
        place, member = asked.get("organization"), asked.get("has_member")
        found = groups_found(
            self.caller,
            organization=organization_get(self.caller, place) if place else None,
            member_id=resolve_person(self.caller, member).pk if member else None,
            ids=_ids(asked.get("group_ids", "")),
        )
        return Response(_shown(self.caller, found))

    @operation("Show a group", answers={200: GroupDocument}, query=MEMBERS)
    def retrieve(self, request: Request, group: str) -> Response:
        return self._one(request, group_get(self.caller, group))

    @operation("Show a group by its name", answers={200: GroupDocument}, query=MEMBERS)
    def retrieve_named(self, request: Request, organization: str, name: str) -> Response:
        found = organization_get(self.caller, organization)
        return self._one(request, group_named(self.caller, found, name))

    def _one(self, request: Request, group: Group) -> Response:
        (shown,) = _shown(self.caller, [group])
        if request.query_params.get("exclude_members", "") in TRUE:
            shown["members"] = []
        return Response(shown)

    @operation(
        "Make a group",
        body=GroupCreate,
        answers={201: GroupDocument},
        refuses=("reserved_group_name", "group_exists"),
    )
    def create(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        body = self.body(GroupCreate)
        made = group_create(caller=self.caller, organization=found, **body)
        return Response(_shown(self.caller, [made])[0], status=201)

    @operation(
        "Change a group and who is in it",
        description="Users in both lists are removed.",
        body=GroupUpdate,
        answers={200: GroupDocument},
        refuses=("everyone_group", "reserved_group_name", "not_in_organization", "group_exists"),
    )
    def update(self, request: Request, group: str) -> Response:
        found = group_get(self.caller, group)
        body = self.body(GroupUpdate)
        changed = group_update(
            caller=self.caller,
            group=found,
            name=body["name"],
            display_name=body["display_name"],
            add=body["add_users"],
            remove=body["remove_users"],
        )
        return Response(_shown(self.caller, [changed])[0])

    @operation(
        "Delete a group",
        answers={200: message("Successfully deleted group!")},
        refuses=("everyone_group",),
    )
    def destroy(self, request: Request, group: str) -> Response:
        group_delete(caller=self.caller, group=group_get(self.caller, group))
        return Response({"message": "Successfully deleted group!"})


def _ids(text: str) -> list[UUID] | None:
    """Return the ids in a list with commas; None without a list. Other texts find nothing."""
    if not text:
        return None
    return [found for part in text.split(",") if (found := parse_uuid(part.strip())) is not None]


def _shown(caller: Caller, groups: Sequence[Group]) -> list[dict[str, Any]]:
    people = group_people(groups)
    return [
        group_document(
            group,
            [user for user in people[group.pk] if person_is_visible(caller, group, user)],
            count=len(people[group.pk]),
        )
        for group in groups
    ]
