"""The admin site at `/admin/`: what it shows."""

from accounts.admin import UserAdmin
from accounts.models import User
from audit.admin import EntryAdmin
from audit.models import Entry
from coderauth.http.admin_site import ServiceAdminSite
from scopes.admin.groups import CustomRoleAdmin, GroupAdmin
from scopes.admin.keys import KeyAdmin
from scopes.admin.objects import RegisteredObjectAdmin
from scopes.admin.organizations import OrganizationAdmin
from scopes.models import CustomRole, Group, Key, Organization, RegisteredObject

site = ServiceAdminSite(name="admin")
site.register(User, UserAdmin)
site.register(Key, KeyAdmin)
site.register(Organization, OrganizationAdmin)
site.register(Group, GroupAdmin)
site.register(CustomRole, CustomRoleAdmin)
site.register(RegisteredObject, RegisteredObjectAdmin)
site.register(Entry, EntryAdmin)
