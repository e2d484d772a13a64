"""`/users/{user}/sessions`."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.openapi import operation
from coderauth.http.query import TRUE
from coderauth.http.viewsets import Access, Asks
from scopes.api.documents.sessions import EndedDocument, OpenSessionDocument, session_document
from scopes.http.viewsets import CallerViewSet
from scopes.keys.sessions import sessions_end, sessions_visible
from scopes.people import resolve_person


class SessionViewSet(CallerViewSet):
    """Sessions: where somebody is signed in."""

    access: ClassVar[dict[str, Access]] = {
        "list": Asks("api_key:read", "user:read"),
        "destroy": Asks("api_key:delete", "user:read"),
    }

    @operation(
        "List sessions",
        description="Those that are good, as far as you may see them, newest first. "
        "`DELETE /users/{user}/keys/{id}` ends one.",
        answers={200: OpenSessionDocument(many=True)},
    )
    def list(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        sessions = sessions_visible(caller=self.caller, user=person)
        return Response([session_document(key, self.caller.key_id) for key in sessions])

    @operation(
        "End sessions",
        description="All but the one that asks. API tokens go on.",
        query={"all": "`true` ends the one that asks, too."},
        answers={200: EndedDocument},
    )
    def destroy(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        with_own = request.query_params.get("all", "") in TRUE
        ended = sessions_end(caller=self.caller, user=person, with_own=with_own)
        return Response({"ended": ended})
