"""`/users…`: people (accounts.md 2)."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.documents.users import (
    LoginTypeDocument,
    UserDocument,
    UserListDocument,
    UserRolesDocument,
    user_document,
)
from accounts.api.shapes.users import ProfileUpdate, RolesUpdate, UserCreate
from accounts.models import UserLoginType, UserStatus
from accounts.people.creation import NewUser, user_create
from accounts.people.deletion import user_delete
from accounts.people.profiles import profile_update
from accounts.people.search import REFUSAL, parse_search
from accounts.people.selectors import users_visible
from accounts.people.users import require_others_roles, site_roles_replace, status_set
from coderauth.errors import Forbidden, InvalidRequest, NotFound
from coderauth.http.documents import message
from coderauth.http.openapi import operation
from coderauth.http.query import AFTER_ID, PAGE_PARAMETERS, read_page
from coderauth.http.viewsets import Access, Asks
from scopes.callers import Caller
from scopes.engine.decision import decide
from scopes.http.documents import OrganizationDocument, organization_document
from scopes.http.viewsets import CallerViewSet
from scopes.models import Membership, Organization
from scopes.organizations.selectors import (
    memberships_visible,
    organization_named,
    organization_object,
    organizations_visible,
)
from scopes.people import is_self, resolve_person, user_object

SEARCHING = (
    "Those you may read, by username. `q` holds words that an address or a username contains, and "
    "`key:value`: `status`, `role` and `login_type` (commas between), `last_seen_before`, "
    "`last_seen_after`, `created_before` and `created_after` (quoted RFC 3339), "
    '`github_com_user_id`. For example `ada status:active created_after:"2026-01-05T09:30:00Z"`.'
)


class UserViewSet(CallerViewSet):
    """People."""

    access: ClassVar[dict[str, Access]] = {
        "list": Asks("user:read"),
        "create": Asks(
            "user:create",
            "organization:read",
            "organization_member:create",
            "assign_role:assign",
            "assign_org_role:assign",
            "user:read",
        ),
        "retrieve": Asks("user:read"),
        "destroy": Asks("user:delete", "user:read"),
        "update_profile": Asks("user:update_personal", "user:read"),
        "suspend": Asks("user:update", "user:read"),
        "activate": Asks("user:update", "user:read"),
        "retrieve_roles": Asks("user:read_personal", "user:read", "organization_member:read"),
        "update_roles": Asks("assign_role:assign", "assign_role:unassign", "user:read"),
        "list_organizations": Asks("organization:read", "user:read"),
        "retrieve_organization": Asks("organization:read", "user:read"),
        "retrieve_login_type": Asks("user:read"),
    }

    @operation(
        "List and search people",
        description=SEARCHING,
        answers={200: UserListDocument},
        query={"q": (str, "What to search for."), **PAGE_PARAMETERS, **AFTER_ID},
        refuses=(REFUSAL,),
    )
    def list(self, request: Request) -> Response:
        asked = request.query_params
        search = parse_search(asked.getlist("q")[0] if "q" in asked else "")
        page = users_visible(caller=self.caller, search=search, page=read_page(asked))
        users = [user_document(user, page.organization_ids.get(user.pk, ())) for user in page.users]
        return Response({"users": users, "count": page.count})

    @operation(
        "Make an account",
        body=UserCreate,
        answers={201: UserDocument},
        refuses=(
            "invalid_user_status",
            "service_account_with_address",
            "service_account_signs_in",
            "password_for_other_login_type",
            "password_users_disabled",
            "no_organization",
            "user_exists",
            "unknown_organization",
            "weak_password",
            "oidc_not_configured",
            "unsupported_login_type",
            "may_not_create_users",
            "busy",
        ),
    )
    def create(self, request: Request) -> Response:
        new = _new_user(self.body(UserCreate))
        user = user_create(caller=self.caller, new=new)
        return Response(user_document(user, organization_ids(user)), status=201)

    @operation("Show a user", answers={200: UserDocument})
    def retrieve(self, request: Request, user: str) -> HttpResponse:
        person = resolve_person(self.caller, user)
        return self.answer(user_document(person, organization_ids(person)))

    @operation(
        "Delete a user",
        description="Their keys end at once; their names and address can be used again.",
        answers={200: message("User has been deleted!")},
        refuses=(
            "delete_self",
            "user_has_workspaces",
            "forbidden",
            "only_owners_touch_owners",
            "last_owner",
        ),
    )
    def destroy(self, request: Request, user: str) -> Response:
        user_delete(caller=self.caller, user=resolve_person(self.caller, user))
        return Response({"message": "User has been deleted!"})

    @operation(
        "Change a user's names",
        body=ProfileUpdate,
        answers={200: UserDocument},
        refuses=("username_taken", "only_owners_touch_owners"),
    )
    def update_profile(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        body = self.body(ProfileUpdate)
        changed = profile_update(
            caller=self.caller, user=person, username=body["username"], name=body["name"]
        )
        return Response(user_document(changed, organization_ids(changed)))

    @operation(
        "Suspend a user",
        description="Their keys stay, and answer 401 until the user is activated.",
        answers={200: UserDocument},
        refuses=("suspend_self", "suspend_owner"),
    )
    def suspend(self, request: Request, user: str) -> Response:
        return self._set_status(user, UserStatus.SUSPENDED)

    @operation(
        "Activate a user",
        description="Ends a suspension or dormancy; keys work again.",
        answers={200: UserDocument},
        refuses=("only_owners_touch_owners",),
    )
    def activate(self, request: Request, user: str) -> Response:
        return self._set_status(user, UserStatus.ACTIVE)

    def _set_status(self, user: str, status: UserStatus) -> Response:
        person = resolve_person(self.caller, user)
        changed = status_set(caller=self.caller, user=person, status=status)
        return Response(user_document(changed, organization_ids(changed)))

    @operation("Show a user's roles", answers={200: UserRolesDocument})
    def retrieve_roles(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        if not decide(self.caller.subject, "read_personal", user_object(person.pk)):
            raise NotFound("not_found")
        memberships = memberships_visible(self.caller, user_id=person.pk)
        return Response(
            {
                "roles": person.site_roles,
                "organization_roles": {str(row.organization_id): row.roles for row in memberships},
            }
        )

    @operation(
        "Replace a user's site roles",
        body=RolesUpdate,
        answers={200: UserDocument},
        refuses=(
            "roles_synced",
            "own_roles",
            "unsupported_role",
            "role_not_assignable",
            "last_owner",
            "forbidden",
            "only_owners_touch_owners",
        ),
    )
    def update_roles(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        require_others_roles(self.caller, person)
        roles = self.body(RolesUpdate)["roles"]
        changed = site_roles_replace(caller=self.caller, user=person, roles=roles)
        return Response(user_document(changed, organization_ids(changed)))

    @operation("List a user's organizations", answers={200: OrganizationDocument(many=True)})
    def list_organizations(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        joined = Organization.objects.filter(memberships__user_id=person.pk).order_by("name")
        return Response(
            [organization_document(row) for row in organizations_visible(self.caller, joined)]
        )

    @operation("Show an organization by its name", answers={200: OrganizationDocument})
    def retrieve_organization(self, request: Request, user: str, name: str) -> Response:
        resolve_person(self.caller, user)
        found = organization_named(name)
        if found is None or not decide(self.caller.subject, "read", organization_object(found)):
            raise NotFound("not_found")
        return Response(organization_document(found))

    @operation(
        "Show how you sign in", answers={200: LoginTypeDocument}, refuses=("foreign_login_type",)
    )
    def retrieve_login_type(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        if not is_self(self.caller, person):
            raise Forbidden("foreign_login_type")
        return Response({"login_type": person.login_type})


def own_document(caller: Caller) -> dict[str, Any]:
    """Return the caller as a user; raises NotFound for a key that may not read them."""
    person = resolve_person(caller, "me")
    return user_document(person, organization_ids(person))


def organization_ids(user: Any) -> list[object]:
    """Return the ids of a user's organizations; those of the caller are already loaded."""
    brought = getattr(user, "organization_ids", None)
    if brought is not None:
        return list(brought)
    return list(
        Membership.objects.filter(user_id=user.pk).values_list("organization_id", flat=True)
    )


def _new_user(body: dict[str, Any]) -> NewUser:
    status = body["user_status"] or UserStatus.DORMANT
    if status not in UserStatus.values:
        raise InvalidRequest("invalid_user_status", status=status)
    identifiers = list(body["organization_ids"])
    if body["organization_id"] is not None:
        identifiers.append(body["organization_id"])
    return NewUser(
        email=body["email"],
        username=body["username"],
        name=body["name"],
        password=body["password"],
        login_type=body["login_type"] or _usual_login_type(body),
        status=status,
        organization_ids=identifiers,
        is_service_account=body["service_account"],
    )


def _usual_login_type(body: dict[str, Any]) -> str:
    return UserLoginType.NONE if body["service_account"] else UserLoginType.PASSWORD
