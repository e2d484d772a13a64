"""Refusals about people, their roles, organizations and groups, and registered objects."""

from collections.abc import Mapping

from coderauth.refusals.spec import ErrorSpec

PEOPLE: Mapping[str, ErrorSpec] = {
    # people
    "unknown_user": ErrorSpec(
        400, '"user" must be an existing uuid or username.', 'queried user="{user}"'
    ),
    "setup_secret_required": ErrorSpec(
        403,
        "The first owner is made on the machine itself, or with the set-up secret.",
        "The start of the service prints the set-up secret. Send it as `setup_secret`, or "
        "enter it at /setup.",
    ),
    "first_user_exists": ErrorSpec(409, "The initial user has already been created."),
    "user_exists": ErrorSpec(409, "User already exists."),
    "may_not_create_users": ErrorSpec(403, "You are not authorized to create users."),
    "no_organization": ErrorSpec(
        400,
        "No organization specified to place the user as a member of. It is required to "
        "specify at least one organization id to place the user in.",
        "required at least 1 value for the array 'organization_ids'",
    ),
    "unknown_organization": ErrorSpec(
        404, 'Organization does not exist with the provided id "{organization}".'
    ),
    "password_for_other_login_type": ErrorSpec(
        400, 'Password cannot be set for non-password ("{login_type}") authentication.'
    ),
    "password_users_disabled": ErrorSpec(
        403,
        "Password based authentication is disabled! "
        "Unable to provision new users with password authentication.",
    ),
    "unsupported_login_type": ErrorSpec(
        400, 'Unsupported login type "{login_type}" for manually creating new users.'
    ),
    "oidc_not_configured": ErrorSpec(400, "You must configure OIDC before creating OIDC users."),
    "invalid_user_status": ErrorSpec(400, 'Invalid user status "{status}".'),
    "only_owners_touch_owners": ErrorSpec(
        403,
        "Only owners can change an owner.",
        "Ask an owner to do this.",
    ),
    "beyond_own_roles": ErrorSpec(
        403,
        "You cannot do this to somebody who has more rights than you.",
        "They hold {roles}. Ask an owner to do this.",
    ),
    "last_owner": ErrorSpec(
        400, "The last active owner cannot be removed. Make somebody else an owner first."
    ),
    "suspend_self": ErrorSpec(400, "You cannot suspend yourself."),
    "suspend_owner": ErrorSpec(
        400,
        'You cannot suspend a user with the "owner" role. You must remove the role first.',
    ),
    "invalid_user_search": ErrorSpec(400, "Invalid user search query."),
    "delete_self": ErrorSpec(403, "You cannot delete yourself!"),
    "user_has_workspaces": ErrorSpec(
        417,
        "You cannot delete a user that has workspaces. Delete their workspaces and try again!",
    ),
    "username_taken": ErrorSpec(409, "A user with this username already exists."),
    # roles
    "own_roles": ErrorSpec(400, "You cannot change your own roles."),
    "roles_synced": ErrorSpec(
        400,
        "Cannot modify roles for OIDC users when role sync is enabled.",
        "Change them at the provider; they follow at the next sign-in.",
    ),
    "unsupported_role": ErrorSpec(400, '"{role}" is not a supported role'),
    "role_not_assignable": ErrorSpec(400, 'not authorized to assign role "{role}"'),
    "role_with_suffix": ErrorSpec(
        400,
        'attempt to assign a role "{role}", remove the \':<organization_id> suffix',
    ),
    "reserved_role_name": ErrorSpec(400, "Reserved role name"),
    "site_permissions_in_role": ErrorSpec(
        400,
        "Invalid request, not allowed to assign site wide permissions for an organization role.",
    ),
    "user_permissions_in_role": ErrorSpec(
        400,
        "Invalid request, not allowed to assign user permissions for an organization role.",
    ),
    "member_permissions_in_role": ErrorSpec(
        400,
        "Invalid request, not allowed to assign organization member permissions for an "
        "organization role.",
    ),
    "role_permissions_refused": ErrorSpec(400, "Failed to update role permissions", "{reason}"),
    "role_exists": ErrorSpec(409, 'A role with the name "{role}" already exists.'),
    "unknown_role": ErrorSpec(404, "No custom role with the name {role} found", "no role found"),
    # organizations
    "own_organization_roles": ErrorSpec(
        400,
        "You cannot change your own organization roles.",
        "Another user with the appropriate permissions must change your roles.",
    ),
    "invalid_member_search": ErrorSpec(400, "Invalid organization member search query."),
    "already_member": ErrorSpec(
        400,
        "User is already an organization member",
        "{user} is already a member of {organization}",
    ),
    "remove_self": ErrorSpec(400, "cannot remove self from an organization"),
    "reserved_organization_name": ErrorSpec(400, 'Organization name "{name}" is reserved.'),
    "organization_exists": ErrorSpec(409, "Organization already exists with that name."),
    "organization_name_taken": ErrorSpec(
        409, 'Organization already exists with the name "{name}".'
    ),
    "default_organization": ErrorSpec(400, "Default organization cannot be deleted."),
    "organization_in_use": ErrorSpec(
        409, "Error deleting organization.", "The organization still has {what}."
    ),
    # groups
    "reserved_group_name": ErrorSpec(400, 'Group name "{name}" is reserved.'),
    "everyone_group": ErrorSpec(
        400, 'The group "Everyone" has all members of the organization and cannot be changed.'
    ),
    "not_in_organization": ErrorSpec(400, 'User "{user}" must be a member of the organization.'),
    "group_exists": ErrorSpec(409, 'Group with name "{name}" already exists.'),
    # registered objects
    "type_not_registrable": ErrorSpec(
        400,
        'Objects of type "{type}" cannot be registered.',
        "These types can: {types}.",
    ),
    "too_many_objects": ErrorSpec(
        400,
        "At most {maximum} objects can be changed in one request.",
        "The request names {found}; send them in several requests.",
    ),
    "object_named_twice": ErrorSpec(400, "The request names {type} {id} more than once."),
    "acl_beyond_author": ErrorSpec(
        403,
        "You cannot give others access that you do not have yourself.",
        "Ask somebody who has it, or leave out these actions.",
    ),
}
