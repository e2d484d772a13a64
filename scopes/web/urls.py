"""The pages of this room."""

from django.urls import include, path

from scopes.web.all_keys import AllKeysPage, KeysCsvPage
from scopes.web.bulk import BulkExpirePage, BulkRevokePage, JobPage
from scopes.web.ceilings import (
    CeilingsPage,
    OrganizationCeilingPage,
    OrganizationCeilingRemovePage,
    RoleCeilingPage,
    RoleCeilingRemovePage,
)
from scopes.web.check import CheckPage
from scopes.web.custom_roles import NewRolePage, RoleChangePage, RoleDeletePage
from scopes.web.groups import GroupDeletePage, GroupPage, NewGroupPage
from scopes.web.key import ExpirePage, KeyPage, PausePage, ResumePage, RevokePage, RotatePage
from scopes.web.keys import EndSessionsPage, OwnKeysPage
from scopes.web.members import (
    AddMemberPage,
    MemberPage,
    MemberRemovePage,
    MemberRolesPage,
    MembersPage,
)
from scopes.web.new_key import NewKeyPage
from scopes.web.objects import ObjectForgetPage, ObjectsPage, RegisteredObjectPage
from scopes.web.organizations import (
    GroupsPage,
    NewOrganizationPage,
    OrganizationChangePage,
    OrganizationDeletePage,
    OrganizationsPage,
    RolesPage,
)
from scopes.web.scope_list import ScopesPage

# Below one organization.
_organization = [
    path("", MembersPage.as_view(), name="organization"),
    path("/change", OrganizationChangePage.as_view(), name="organization-change"),
    path("/delete", OrganizationDeletePage.as_view(), name="organization-delete"),
    path("/members/add", AddMemberPage.as_view(), name="organization-member-add"),
    path("/members/<str:username>", MemberPage.as_view(), name="organization-member"),
    path(
        "/members/<str:username>/roles",
        MemberRolesPage.as_view(),
        name="organization-member-roles",
    ),
    path(
        "/members/<str:username>/remove",
        MemberRemovePage.as_view(),
        name="organization-member-remove",
    ),
    path("/roles", RolesPage.as_view(), name="organization-roles"),
    path("/roles/new", NewRolePage.as_view(), name="organization-role-new"),
    path("/roles/<str:role>", RoleChangePage.as_view(), name="organization-role"),
    path("/roles/<str:role>/delete", RoleDeletePage.as_view(), name="organization-role-delete"),
    path("/ceiling", OrganizationCeilingPage.as_view(), name="organization-ceiling"),
    path(
        "/ceiling/remove",
        OrganizationCeilingRemovePage.as_view(),
        name="organization-ceiling-remove",
    ),
    path("/groups", GroupsPage.as_view(), name="organization-groups"),
    path("/groups/new", NewGroupPage.as_view(), name="organization-group-new"),
    path("/groups/<uuid:group_id>", GroupPage.as_view(), name="organization-group"),
    path(
        "/groups/<uuid:group_id>/delete",
        GroupDeletePage.as_view(),
        name="organization-group-delete",
    ),
]

urlpatterns = [
    path("keys", OwnKeysPage.as_view(), name="keys"),
    path("keys/new", NewKeyPage.as_view(), name="key-new"),
    path("keys/sessions/end", EndSessionsPage.as_view(), name="sessions-end"),
    path("keys/<str:key_id>", KeyPage.as_view(), name="key"),
    path("keys/<str:key_id>/rotate", RotatePage.as_view(), name="key-rotate"),
    path("keys/<str:key_id>/pause", PausePage.as_view(), name="key-pause"),
    path("keys/<str:key_id>/resume", ResumePage.as_view(), name="key-resume"),
    path("keys/<str:key_id>/expire", ExpirePage.as_view(), name="key-expire"),
    path("keys/<str:key_id>/revoke", RevokePage.as_view(), name="key-revoke"),
    path("check", CheckPage.as_view(), name="check"),
    path("admin/keys", AllKeysPage.as_view(), name="all-keys"),
    path("admin/keys.csv", KeysCsvPage.as_view(), name="all-keys-csv"),
    path("admin/keys/revoke", BulkRevokePage.as_view(), name="keys-revoke"),
    path("admin/keys/expire", BulkExpirePage.as_view(), name="keys-expire"),
    path("admin/keys/jobs/<uuid:job_id>", JobPage.as_view(), name="key-job"),
    path("admin/ceilings", CeilingsPage.as_view(), name="ceilings"),
    path("admin/ceilings/<str:role>", RoleCeilingPage.as_view(), name="role-ceiling"),
    path(
        "admin/ceilings/<str:role>/remove",
        RoleCeilingRemovePage.as_view(),
        name="role-ceiling-remove",
    ),
    path("admin/organizations", OrganizationsPage.as_view(), name="organizations"),
    path("admin/organizations/new", NewOrganizationPage.as_view(), name="organization-new"),
    path("admin/organizations/<str:name>", include(_organization)),
    path("admin/objects", ObjectsPage.as_view(), name="objects"),
    path(
        "admin/objects/<str:type>/<uuid:object_id>", RegisteredObjectPage.as_view(), name="object"
    ),
    path(
        "admin/objects/<str:type>/<uuid:object_id>/forget",
        ObjectForgetPage.as_view(),
        name="object-forget",
    ),
    path("admin/scopes", ScopesPage.as_view(), name="scopes"),
]
