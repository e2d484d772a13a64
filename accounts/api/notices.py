"""`/users/{user}/notices`: what somebody is told by mail."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.documents.notices import NoticePreferenceDocument, preference_document
from accounts.api.shapes.notices import NoticesPut
from accounts.notices.muting import notices_mute, preferences
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, Asks
from scopes.http.viewsets import CallerViewSet
from scopes.people import resolve_person


class NoticeViewSet(CallerViewSet):
    """What people are told by mail."""

    access: ClassVar[dict[str, Access]] = {
        "retrieve": Asks("user:read_personal", "user:read"),
        "update": Asks("user:update_personal", "user:read"),
    }

    @operation(
        "List the notices that somebody gets by mail",
        answers={200: NoticePreferenceDocument(many=True)},
    )
    def retrieve(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        found = preferences(caller=self.caller, user=person)
        return Response([preference_document(one) for one in found])

    @operation(
        "Choose the notices that somebody gets by mail",
        description="All but those in `muted`.",
        body=NoticesPut,
        answers={204: None},
    )
    def update(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        muted = self.body(NoticesPut)["muted"]
        notices_mute(caller=self.caller, user=person, kinds=muted)
        return Response(None, status=204)
