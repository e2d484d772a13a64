"""The admin site at `/admin/`: what it shows."""

from accounts.admin import UserAdmin
from accounts.models import User
from audit.models import Entry
from coderauth.http.admin_site import ServiceAdminSite
from scopes.admin import KeyAdmin, OrganizationAdmin
from scopes.audit_admin import EntryAdmin
from scopes.group_admin import CustomRoleAdmin, GroupAdmin
from scopes.models import CustomRole, Group, Key, Organization, RegisteredObject
from scopes.object_admin import RegisteredObjectAdmin

site = ServiceAdminSite(name="admin")
site.register(User, UserAdmin)
site.register(Key, KeyAdmin)
site.register(Organization, OrganizationAdmin)
site.register(Group, GroupAdmin)
site.register(CustomRole, CustomRoleAdmin)
site.register(RegisteredObject, RegisteredObjectAdmin)
site.register(Entry, EntryAdmin)
