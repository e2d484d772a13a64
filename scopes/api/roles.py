"""`/users/roles`: the roles there are (authorization.md 5.3)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.errors import Forbidden
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, Needs
from scopes.api.documents import ListedRoleDocument
from scopes.api.representations import listed_role_document
from scopes.api.viewsets import CallerViewSet
from scopes.assignment import IMPLIED, site_roles_assignable
from scopes.engine.decision import Object, decide
from scopes.engine.roles import SITE_ROLES


class SiteRoleViewSet(CallerViewSet):
    access: ClassVar[dict[str, Access]] = {
        "list": Needs("assign_role", "read"),
    }

    @operation(
        "List the roles of the site",
        answers={200: ListedRoleDocument(many=True)},
        refuses=("forbidden",),
    )
    def list(self, request: Request) -> Response:
        if not decide(self.caller.subject, "read", Object(type="assign_role")):
            raise Forbidden("forbidden")
        assignable = site_roles_assignable(self.caller)
        return Response(
            [
                listed_role_document(role, assignable=role.name in assignable)
                for role in SITE_ROLES.values()
                if role.name != IMPLIED
            ]
        )
