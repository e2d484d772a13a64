"""What requests to this room look like."""

from coderauth.http.body import (
    Flag,
    Integer,
    Json,
    Jsons,
    OptionalText,
    RequestBody,
    Text,
    Texts,
    Uuids,
)
from coderauth.http.rules import display_name as display_name_rule
from coderauth.http.rules import icon as icon_rule
from coderauth.http.rules import required
from scopes import rules


class TokenCreate(RequestBody):
    lifetime = Integer(help_text="Nanoseconds; 0 or absent: the default lifetime.")
    scope = Text(help_text="One scope; absent: the full scope. `scopes` wins when both are sent.")
    scopes = Texts(help_text="Public scopes of `GET /auth/scopes`; the key can do their union.")
    allow_list = Texts(
        help_text="`type:id` entries that the key is limited to; `*` stands for any. At most 128."
    )
    token_name = Text(help_text="Unique among the user's tokens; absent: a random name.")

    example = {"token_name": "ci", "scopes": ["workspace:read"], "lifetime": 604_800_000_000_000}


class AuthCheckObject(RequestBody):
    resource_type = Text()
    owner_id = Text(help_text="A user id, or `me`.")
    organization_id = Text()
    resource_id = Text(help_text="Judge the stored object; at most ten checks may use it.")
    any_org = Flag(help_text="In whichever organization the caller belongs to.")


class AuthCheckItem(RequestBody):
    object = Json(help_text="What is acted on: see AuthCheckObject.")
    action = Text()


class AuthCheckRequest(RequestBody):
    checks = Json(help_text="Checks by name; each is answered by its name.")

    example = {
        "checks": {
            "read": {"object": {"resource_type": "workspace", "owner_id": "me"}, "action": "read"},
            "stop": {"object": {"resource_type": "workspace", "owner_id": "me"}, "action": "stop"},
        }
    }


class MemberRolesUpdate(RequestBody):
    roles = Texts(help_text="The complete new set of the member's roles in the organization.")

    example = {"roles": ["organization-auditor"]}


class RolePermission(RequestBody):
    negate = Flag(help_text="Not allowed in a custom role.")
    resource_type = Text()
    action = Text()


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


class OrganizationCreate(RequestBody):
    name = Text(rules=(required, rules.organization_name))
    display_name = Text(rules=(display_name_rule,), help_text="Absent: the name.")
    description = Text()
    icon = Text(rules=(icon_rule,))

    example = {"name": "research", "display_name": "Research"}


class OrganizationUpdate(RequestBody):
    name = Text(rules=(rules.organization_name,), help_text="Absent or empty: as it is.")
    display_name = Text(rules=(display_name_rule,), help_text="Absent or empty: as it is.")
    description = OptionalText(help_text="Absent: as it is.")
    icon = OptionalText(rules=(icon_rule,), help_text="Absent: as it is.")

    example = {"display_name": "Research and Development"}


class GroupCreate(RequestBody):
    name = Text(rules=(required, rules.group_name))
    display_name = Text(rules=(display_name_rule,))

    example = {"name": "reviewers", "display_name": "Reviewers"}


class GroupUpdate(RequestBody):
    name = Text(rules=(rules.group_name,), help_text="Absent or empty: as it is.")
    display_name = OptionalText(rules=(display_name_rule,), help_text="Absent: as it is.")
    add_users = Uuids(help_text="Ids of members of the organization.")
    remove_users = Uuids(help_text="Ids of users.")

    example = {"add_users": ["3c0d6f5e-8a0c-4c1e-9b1f-0d8f6f1b2a77"]}
