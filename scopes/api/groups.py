"""`/organizations/{organization}/groups` and `/groups/{group}` (authorization.md 5.7)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.documents import message
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, Needs
from scopes.api.documents.groups import GroupDocument, group_document
from scopes.api.shapes.groups import GroupCreate, GroupUpdate
from scopes.callers import Caller
from scopes.http.viewsets import CallerViewSet
from scopes.models import Group
from scopes.organizations.groups import (
    group_create,
    group_delete,
    group_get,
    group_people,
    group_update,
    groups_visible,
    person_is_visible,
)
from scopes.organizations.selectors import organization_get


class GroupViewSet(CallerViewSet):
    """Groups of an organization's members, which access lists can name."""

    access: ClassVar[dict[str, Access]] = {
        "list": Needs("group", "read"),
        "retrieve": Needs("group", "read"),
        "create": Needs("group", "create"),
        "update": Needs("group", "update"),
        "destroy": Needs("group", "delete"),
    }

    @operation(
        "List the groups of an organization",
        description="Those you may see. `Everyone` has the organization's id.",
        answers={200: GroupDocument(many=True)},
    )
    def list(self, request: Request, organization: str) -> Response:
        found = organization_get(self.caller, organization)
        return Response(_shown(self.caller, groups_visible(self.caller, found)))

    @operation("Show a group", answers={200: GroupDocument})
    def retrieve(self, request: Request, group: str) -> Response:
        return Response(_shown(self.caller, [group_get(self.caller, group)])[0])

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
