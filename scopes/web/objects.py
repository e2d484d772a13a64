"""`/admin/objects`: what services have registered, and with whom it is shared."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from coderauth.errors import DomainError
from coderauth.http.uuids import parse_uuid
from coderauth.pages.access import Needs
from coderauth.pages.lists import ListPage
from coderauth.pages.page import ActPage, VisitorPage
from scopes.callers import Caller
from scopes.engine.decision import decide
from scopes.models import RegisteredObject
from scopes.objects.changes import object_delete
from scopes.objects.selectors import object_get, objects_readable
from scopes.objects.types import REGISTRABLE, ObjectName, permission_for, registered_object

# Whoever administers people, an organization or templates has objects to look at.
ACCESS = (
    Needs("user:read"),
    Needs("organization_member:read", in_some_organization=True),
)


class ObjectFilter(forms.Form):
    type = forms.ChoiceField(
        choices=[("", "any"), *((name, name) for name in REGISTRABLE)], required=False
    )
    id = forms.CharField(label="Id", required=False)
    owner = forms.CharField(label="Owner", required=False)
    organization = forms.CharField(label="Organization", required=False)


class ObjectsPage(ListPage):
    """The registered objects that the visitor may read."""

    access = ACCESS
    template_name = "scopes/objects/list.html"
    filter_class: ClassVar[type[forms.Form]] = ObjectFilter
    sorts: ClassVar = {
        "type": ["type", "object_id"],
        "owner": ["owner__username", "object_id"],
        "changed": ["updated_at", "object_id"],
    }
    caller: Caller

    def rows(self, filters: Mapping[str, Any]) -> QuerySet[RegisteredObject]:
        rows = objects_readable(self.caller, RegisteredObject.objects.all())
        rows = rows.select_related("owner", "organization")
        if filters.get("type"):
            rows = rows.filter(type=filters["type"])
        if wanted := filters.get("id"):
            identifier = parse_uuid(wanted)
            rows = rows.filter(object_id=identifier) if identifier else rows.none()
        if owner := _plain(filters.get("owner")):
            rows = rows.filter(owner__username__iexact=owner)
        if organization := _plain(filters.get("organization")):
            rows = rows.filter(organization__name__iexact=organization)
        return rows


class RegisteredObjectPage(VisitorPage):
    """One registered object with its access lists."""

    access = ACCESS
    template_name = "scopes/objects/object.html"
    caller: Caller
    row: RegisteredObject

    def enter(self) -> None:
        try:
            name = ObjectName(self.kwargs["type"], self.kwargs["object_id"])
            self.row = object_get(caller=self.caller, name=name)
        except DomainError as error:
            raise Http404 from error

    def may_forget(self) -> bool:
        permission = permission_for(self.row.type, "delete")
        return decide(self.caller.subject, permission, registered_object(self.row)).allowed

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page({"row": self.row, "may_forget": self.may_forget()})


class ObjectForgetPage(RegisteredObjectPage, ActPage):
    """Forget an object: checks about its id are denied from now on."""

    template_name = "layouts/confirm.html"
    button = "Forget"

    def enter(self) -> None:
        super().enter()
        if not self.may_forget():
            raise Http404

    @property
    def question(self) -> str:  # type: ignore[override]
        return f"Forget the {self.row.type} {self.row.object_id}?"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ActPage.get(self, request, *args, **kwargs)

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": ["Services that ask about it will be told no."]}

    def act(self) -> str:
        name = ObjectName(self.row.type, self.row.object_id)
        object_delete(caller=self.caller, name=name)
        return f"The {self.row.type} is forgotten."

    def home(self) -> str:
        return reverse("objects")


def _plain(text: str | None) -> str:
    # No stored text has a NUL, and PostgreSQL refuses to look for one.
    return (text or "").replace("\x00", "\ufffd")
