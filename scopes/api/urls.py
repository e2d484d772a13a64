"""The routes of this room, below `/api/v2`; a trailing slash is there or not as Coder has it.

`authcheck` is the most frequent request, so it comes first: routes are tried one after the other.
"""

from django.urls import path, re_path

from scopes.api.authcheck import AuthCheckViewSet
from scopes.api.catalogue import ScopeViewSet
from scopes.api.ceilings import OrganizationCeilingViewSet, RoleCeilingViewSet
from scopes.api.groups import GroupViewSet
from scopes.api.keys import KeyViewSet
from scopes.api.leaks import LeakViewSet
from scopes.api.members import MemberViewSet
from scopes.api.oauth2 import introspect, revoke
from scopes.api.objects import ObjectViewSet
from scopes.api.organizations import OrganizationViewSet
from scopes.api.roles import OrganizationRoleViewSet, SiteRoleViewSet
from scopes.api.sessions import SessionViewSet

OBJECTS = r"^objects/(?P<resource_type>[^/]+)"
USER = r"^users/(?P<user>[^/]+)/keys"
ORGANIZATION = r"^organizations/(?P<organization>[^/]+)"
MEMBER = rf"{ORGANIZATION}/members/(?P<user>[^/]+)"

# It also matches `/users/{user}`, so it must come before the routes about people.
before_people = [re_path(r"^users/roles/?$", SiteRoleViewSet.as_view({"get": "list"}))]

# At the root of the site, where clients of OAuth 2.0 expect them.
oauth2 = [path("introspect", introspect), path("revoke", revoke)]

urlpatterns = [
    re_path(r"^authcheck/?$", AuthCheckViewSet.as_view({"post": "create"})),
    re_path(r"^authcheck/explain/?$", AuthCheckViewSet.as_view({"post": "explain"})),
    path("auth/leaked", LeakViewSet.as_view({"post": "create"})),
    path("auth/scopes", ScopeViewSet.as_view({"get": "list"})),
    re_path(rf"{USER}/?$", KeyViewSet.as_view({"post": "create_session_key"})),
    re_path(
        rf"{USER}/tokens/?$", KeyViewSet.as_view({"get": "list_tokens", "post": "create_token"})
    ),
    re_path(rf"{USER}/tokens/tokenconfig$", KeyViewSet.as_view({"get": "token_config"})),
    # Names may have slashes, as `ci/deploy`.
    re_path(rf"{USER}/tokens/(?P<name>(?s:.+))\Z", KeyViewSet.as_view({"get": "retrieve_by_name"})),
    re_path(rf"{USER}/(?P<key_id>[^/]+)/usage/?$", KeyViewSet.as_view({"get": "usage"})),
    re_path(rf"{USER}/(?P<key_id>[^/]+)/expire/?$", KeyViewSet.as_view({"put": "expire"})),
    re_path(rf"{USER}/(?P<key_id>[^/]+)/pause/?$", KeyViewSet.as_view({"put": "pause"})),
    re_path(rf"{USER}/(?P<key_id>[^/]+)/resume/?$", KeyViewSet.as_view({"put": "resume"})),
    re_path(rf"{USER}/(?P<key_id>[^/]+)/rotate/?$", KeyViewSet.as_view({"post": "rotate"})),
    re_path(
        rf"{USER}/(?P<key_id>[^/]+)/?$",
        KeyViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
    ),
    re_path(
        r"^users/(?P<user>[^/]+)/sessions/?$",
        SessionViewSet.as_view({"get": "list", "delete": "destroy"}),
    ),
    re_path(r"^keyceilings/?$", RoleCeilingViewSet.as_view({"get": "list"})),
    re_path(
        r"^keyceilings/roles/(?P<role_name>[^/]+)/?$",
        RoleCeilingViewSet.as_view({"put": "replace", "delete": "destroy"}),
    ),
    re_path(
        rf"{ORGANIZATION}/keyceiling/?$",
        OrganizationCeilingViewSet.as_view({"put": "replace", "delete": "destroy"}),
    ),
    re_path(r"^organizations/?$", OrganizationViewSet.as_view({"get": "list", "post": "create"})),
    re_path(
        rf"{ORGANIZATION}/?$",
        OrganizationViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
    re_path(rf"{ORGANIZATION}/members/?$", MemberViewSet.as_view({"get": "list"})),
    re_path(rf"{ORGANIZATION}/paginated-members/?$", MemberViewSet.as_view({"get": "list_page"})),
    re_path(
        rf"{ORGANIZATION}/members/roles/?$",
        OrganizationRoleViewSet.as_view({"get": "list", "post": "create", "put": "update"}),
    ),
    re_path(
        rf"{ORGANIZATION}/members/roles/(?P<role_name>[^/]+)/?$",
        OrganizationRoleViewSet.as_view({"delete": "destroy"}),
    ),
    re_path(rf"{MEMBER}/?$", MemberViewSet.as_view({"post": "create", "delete": "destroy"})),
    re_path(rf"{MEMBER}/roles/?$", MemberViewSet.as_view({"put": "update_roles"})),
    re_path(rf"{ORGANIZATION}/groups/?$", GroupViewSet.as_view({"get": "list", "post": "create"})),
    re_path(
        rf"{ORGANIZATION}/groups/(?P<name>[^/]+)/?$",
        GroupViewSet.as_view({"get": "retrieve_named"}),
    ),
    re_path(r"^groups/?$", GroupViewSet.as_view({"get": "search"})),
    re_path(
        r"^groups/(?P<group>[^/]+)/?$",
        GroupViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
    ),
    re_path(r"^objects/bulk/?$", ObjectViewSet.as_view({"post": "change_many"})),
    re_path(rf"{OBJECTS}/?$", ObjectViewSet.as_view({"get": "list"})),
    re_path(
        rf"{OBJECTS}/(?P<resource_id>[^/]+)/?$",
        ObjectViewSet.as_view({"get": "retrieve", "put": "replace", "delete": "destroy"}),
    ),
]
