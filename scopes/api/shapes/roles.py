"""Requests about roles."""

from coderauth.http.body import Flag, Jsons, RequestBody, Text
from coderauth.http.rules import display_name as display_name_rule
from coderauth.http.rules import required
from scopes import rules


class RolePermission(RequestBody):
    negate = Flag(help_text="Not allowed in a custom role.")
    resource_type = Text(required=True)
    action = Text(required=True)


class CustomRoleWrite(RequestBody):
    name = Text(rules=(required, rules.role_name), help_text="Stored in lower case.")
    display_name = Text(rules=(display_name_rule,))
    site_permissions = Jsons(help_text="Not allowed: must be empty.")
    organization_permissions = Jsons(help_text="What the role grants in the organization.")
    user_permissions = Jsons(help_text="Not allowed: must be empty.")
    organization_member_permissions = Jsons(help_text="Not allowed: must be empty.")

    example = {
        "name": "deployer",
        "display_name": "Deployer",
        "organization_permissions": [{"resource_type": "template", "action": "update"}],
    }
