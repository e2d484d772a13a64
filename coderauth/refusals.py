"""Every refusal the service can give, as data: code -> HTTP status and message.

Domain code raises a `DomainError` with a code of `ERRORS`; nothing else decides a status or a text.
The texts are the public contract (docs/protocol/). Imports neither Django nor DRF.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SIGNED_OUT = "You are signed out or your session has expired. Please sign in again to continue."
INTERNAL = "An internal error occurred. Please try again or contact the system administrator."
FORBIDDEN_DETAIL = (
    "You don't have permission to view this content. If you believe this is a mistake, please "
    "contact your administrator or try signing in with different credentials."
)


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """What a code means on the wire; `message` and `detail` may hold `{name}` parameters."""

    status: int
    message: str
    detail: str = ""


ERRORS: Mapping[str, ErrorSpec] = MappingProxyType(
    {
        # requests
        "invalid_json": ErrorSpec(400, "Request body must be valid JSON."),
        "validation_failed": ErrorSpec(400, "Validation failed."),
        "invalid_query": ErrorSpec(400, "Query parameters have invalid values."),
        "route_not_found": ErrorSpec(404, "Route not found."),
        "foreign_origin": ErrorSpec(
            403,
            "Requests from pages of other websites are refused.",
            "Send it from {url}, or with a key in a header and without the session cookie.",
        ),
        "not_found": ErrorSpec(
            404, "Resource not found or you do not have access to this resource"
        ),
        "forbidden": ErrorSpec(403, "Forbidden.", FORBIDDEN_DETAIL),
        "internal": ErrorSpec(500, "An internal server error occurred."),
        # what the front door does not let in
        "request_malformed": ErrorSpec(400, "This is not a request of HTTP/1.1."),
        "request_timeout": ErrorSpec(408, "The request did not arrive in time."),
        "head_too_large": ErrorSpec(431, "The header fields of the request are too large."),
        "transfer_coding": ErrorSpec(501, "The only transfer coding of requests is chunked."),
        "http_version": ErrorSpec(505, "The server speaks HTTP/1.1."),
        "overloaded": ErrorSpec(
            503, "The server has too much to do. Please try again in a moment."
        ),
        "rate_limited": ErrorSpec(
            429, "You've been rate limited for sending more than {limit} requests in 1m0s."
        ),
        "busy": ErrorSpec(
            503,
            "The server is busy checking passwords. Please try again in a moment.",
        ),
        "store_unavailable": ErrorSpec(
            503, "The database does not answer right now. Please try again in a moment."
        ),
        "bypass_refused": ErrorSpec(
            428, '"X-Coder-Bypass-Ratelimit" provided but user is not owner'
        ),
        "limits_unavailable": ErrorSpec(
            503,
            "Sign-in limits cannot be checked right now. Please try again in a moment.",
        ),
        # keys that authenticate a request
        "no_token": ErrorSpec(
            401, SIGNED_OUT, 'Cookie "coder_session_token" or query parameter must be provided.'
        ),
        "malformed_token": ErrorSpec(401, SIGNED_OUT, "Invalid API key format: {reason}"),
        "unknown_key": ErrorSpec(401, SIGNED_OUT, "API key is invalid."),
        "wrong_secret": ErrorSpec(401, SIGNED_OUT, "API key secret is invalid."),
        "expired_key": ErrorSpec(401, SIGNED_OUT, 'API key expired at "{expired_at}".'),
        "paused_key": ErrorSpec(401, SIGNED_OUT, "API key is paused."),
        "unlinked_key": ErrorSpec(
            401, SIGNED_OUT, "You must re-authenticate with the login provider."
        ),
        "inactive_user": ErrorSpec(
            401,
            'User is not active (status = "{status}"). '
            "Contact an admin to reactivate your account.",
        ),
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
        "oidc_not_configured": ErrorSpec(
            400, "You must configure OIDC before creating OIDC users."
        ),
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
            "Invalid request, not allowed to assign site wide permissions for an organization "
            "role.",
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
        "unknown_role": ErrorSpec(
            404, "No custom role with the name {role} found", "no role found"
        ),
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
        "not_in_organization": ErrorSpec(
            400, 'User "{user}" must be a member of the organization.'
        ),
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
        # passwords and sign-in
        "weak_password": ErrorSpec(400, "Password is invalid"),
        "weak_new_password": ErrorSpec(400, "Invalid password."),
        "incorrect_credentials": ErrorSpec(401, "Incorrect email or password."),
        "password_auth_disabled": ErrorSpec(403, "Password authentication is disabled."),
        "incorrect_login_type": ErrorSpec(
            403,
            'Incorrect login type, attempting to use "password" '
            'but user is of login type "{login_type}"',
        ),
        "suspended": ErrorSpec(
            401, "Your account is suspended. Contact an admin to reactivate your account."
        ),
        "incorrect_passcode": ErrorSpec(400, "Incorrect email or one-time passcode."),
        "same_password": ErrorSpec(400, "New password cannot match old password."),
        "not_a_password_user": ErrorSpec(
            400, "Users without password login type cannot change their password."
        ),
        "old_password_required": ErrorSpec(400, "Old password is required."),
        "old_password_incorrect": ErrorSpec(400, "Old password is incorrect."),
        "foreign_login_type": ErrorSpec(
            403, "You are not authorized to view this user's login type."
        ),
        # sign-in with a provider: the way there and back (accounts.md 2.19)
        "provider_not_configured": ErrorSpec(400, "The oauth2 method requested is not configured!"),
        "provider_error": ErrorSpec(400, "Encountered error in oidc process: {error}"),
        "state_missing": ErrorSpec(400, "State must be provided."),
        "state_cookie_missing": ErrorSpec(401, 'Cookie "oauth_state" must be provided.'),
        "state_mismatch": ErrorSpec(401, "State mismatched."),
        "verifier_missing": ErrorSpec(400, "PKCE challenge must be provided."),
        "answer_of_other_provider": ErrorSpec(
            400,
            "The answer is not from the provider that was asked.",
            "Please sign in again; if that does not help, ask an administrator.",
        ),
        "code_exchange_failed": ErrorSpec(400, "Failed exchanging Oauth code.", "{reason}"),
        "provider_down": ErrorSpec(
            502,
            "The sign-in provider cannot be reached.",
            "Please try again in a moment; if that does not help, ask an administrator.",
        ),
        "provider_slow": ErrorSpec(
            504,
            "The sign-in provider did not answer in time.",
            "Please try again in a moment; if that does not help, ask an administrator.",
        ),
        "provider_malformed": ErrorSpec(
            502, "The sign-in provider sent an answer that cannot be used.", "{reason}"
        ),
        "provider_busy": ErrorSpec(
            503, "Too many people are signing in at once. Please try again in a moment."
        ),
        # what OIDC says of somebody (accounts.md 2.20)
        "id_token_missing": ErrorSpec(
            400,
            "id_token not found in response payload. "
            "Ensure your OIDC callback is configured correctly!",
        ),
        "id_token_invalid": ErrorSpec(400, "Failed to verify OIDC token.", "{reason}"),
        "access_token_invalid": ErrorSpec(400, "Failed to verify access token.", "{reason}"),
        "subject_missing": ErrorSpec(
            400,
            "OIDC token missing 'sub' claim field or 'sub' claim field is empty.",
            "'sub' is required to tell people apart; ask the provider's administrator.",
        ),
        "userinfo_failed": ErrorSpec(502, "Failed to obtain user information claims.", "{reason}"),
        "userinfo_malformed": ErrorSpec(502, "Failed to unmarshal user info claims.", "{reason}"),
        "email_missing": ErrorSpec(400, "No email found in OIDC payload!"),
        "email_not_text": ErrorSpec(
            400, "Email in OIDC payload isn't a string. Found {kind} instead."
        ),
        "email_unverified": ErrorSpec(
            403,
            'Verify the "{email}" email address on your OIDC provider to authenticate!',
        ),
        "email_domain_refused": ErrorSpec(
            403,
            'Your email "{email}" is not from an authorized domain! '
            "Please contact your administrator.",
        ),
        # what GitHub says of somebody (accounts.md 2.19)
        "github_organization_required": ErrorSpec(
            401, "You aren't a member of the authorized Github organizations!"
        ),
        "github_team_required": ErrorSpec(
            401,
            "You aren't a member of an authorized team in the {organizations} "
            "Github organization(s)!",
        ),
        "github_email_unverified": ErrorSpec(400, "Your primary email must be verified on GitHub!"),
        "github_id_missing": ErrorSpec(
            502,
            "The GitHub user ID is missing, this should never happen. Please report this error.",
        ),
        "github_organizations_failed": ErrorSpec(
            502, "Internal error fetching authenticated Github user organizations."
        ),
        "github_user_failed": ErrorSpec(502, "Internal error fetching authenticated Github user."),
        "github_emails_failed": ErrorSpec(502, "Internal error fetching personal Github user."),
        "github_disabled": ErrorSpec(400, "Github OAuth2 is not enabled."),
        "device_flow_disabled": ErrorSpec(400, "Device flow is not enabled for Github OAuth2."),
        "device_refused": ErrorSpec(401, "Unauthorized", "{text}"),
        "device_flow_failed": ErrorSpec(502, "Failed to authorize device.", "{reason}"),
        # whose account it is (accounts.md 2.21)
        "signups_disabled": ErrorSpec(403, "Signups are disabled", "{text}"),
        "other_login_type": ErrorSpec(403, "Incorrect login type", "{text}"),
        "other_subject": ErrorSpec(
            403,
            "This account belongs to somebody else at the provider.",
            "Another person of the provider has the same email address. Ask an administrator.",
        ),
        "usernames_exhausted": ErrorSpec(
            409, 'exhausted alternatives for taken username "{username}"'
        ),
        "provider_email_taken": ErrorSpec(
            409,
            "Failed to process OAuth login.",
            "Another account has the email address that the provider tells now. "
            "Ask an administrator.",
        ),
        "provider_user_suspended": ErrorSpec(
            403, "Your account is suspended. Contact an admin to reactivate your account."
        ),
        "deleted_user_link": ErrorSpec(
            400, "Cannot create user_link for deleted user.", "Please sign in again."
        ),
        # sessions that depend on the provider's (accounts.md 1.9)
        "provider_session_expired": ErrorSpec(
            401, SIGNED_OUT, '{provider} session expired at "{expired_at}". Try signing in again.'
        ),
        "refresh_failed": ErrorSpec(
            401,
            "Could not refresh expired {provider} token. "
            "Try re-authenticating to resolve this issue.",
            "{reason}",
        ),
        "refresh_not_configured": ErrorSpec(
            401,
            INTERNAL,
            'Unable to refresh OAuth token for login type "{login_type}". '
            "Its provider is not configured any more.",
        ),
        "issuer_not_configured": ErrorSpec(
            400,
            'No provider with the issuer "{issuer}" is configured.',
            "Set CODERAUTH_OIDC_ISSUER_URL to it first.",
        ),
        "logout_token_invalid": ErrorSpec(400, "Failed to verify logout token.", "{reason}"),
        # conversion
        "cannot_convert_to": ErrorSpec(400, 'Cannot convert to login type "{to_type}".'),
        "unknown_login_type": ErrorSpec(400, 'Unknown login type "{to_type}".'),
        "conversion_email_mismatch": ErrorSpec(
            400,
            'The {provider} account with the email "{email}" does not match the email of the '
            "account you are trying to convert. Contact your administrator to resolve this issue.",
        ),
        "conversion_cookie_missing": ErrorSpec(
            400,
            "Convert to oauth cookie not found. Missing signed jwt to authorize this action. "
            "Please try again.",
        ),
        "conversion_signature": ErrorSpec(
            400,
            "Using an invalid jwt to authorize this action. "
            "Ensure there is only 1 coder deployment and try again.",
        ),
        "conversion_unreadable": ErrorSpec(400, "Error parsing jwt: {reason}"),
        "conversion_issuer": ErrorSpec(
            403,
            "Request to convert login type failed. Issuer mismatch. "
            "Found a cookie from another coder deployment, please try again.",
        ),
        "conversion_state": ErrorSpec(403, "Request to convert login type failed. State mismatch."),
        "conversion_refused": ErrorSpec(
            403, "Request to convert login type from {current} to {wanted} failed"
        ),
        # back to a password
        "password_user_already": ErrorSpec(400, "This account signs in with a password already."),
        "service_account_sign_in": ErrorSpec(
            400, "A service account does not sign in.", "Make keys for it instead."
        ),
        "service_account_with_address": ErrorSpec(
            400, "A service account has no e-mail address and no password."
        ),
        "service_account_signs_in": ErrorSpec(
            400,
            "A service account does not sign in.",
            'Its login type is "none", not "{login_type}".',
        ),
        "service_account_owner": ErrorSpec(400, "A service account cannot be an owner."),
        # keys that are made
        "invalid_scope": ErrorSpec(
            400, "Failed to create API key.", 'invalid API key scope: "{scope}"'
        ),
        "unsupported_scope": ErrorSpec(
            400, "Failed to create API key.", 'invalid or unsupported API key scope: "{scope}"'
        ),
        "allow_list_too_long": ErrorSpec(
            400,
            "Failed to create API key.",
            "allow_list has {entries} entries; max allowed is {maximum}",
        ),
        "lifetime_not_positive": ErrorSpec(
            400,
            "Failed to validate create API key request.",
            "lifetime must be positive number greater than 0",
        ),
        "lifetime_too_long": ErrorSpec(
            400,
            "Failed to validate create API key request.",
            "lifetime must be less than {maximum}",
        ),
        "token_name_taken": ErrorSpec(409, 'A token with name "{name}" already exists.'),
        "may_not_create_keys": ErrorSpec(
            403,
            "Failed to create API key.",
            "You may not create keys for this user.",
        ),
        "beyond_own_key": ErrorSpec(
            403,
            "Failed to create API key.",
            "A key cannot issue a key beyond itself: {reason}",
        ),
        "above_ceiling": ErrorSpec(
            403,
            "This key would be above a ceiling.",
            "{reason}",
        ),
        # keys that live
        "forward_denied": ErrorSpec(403, "Forbidden.", "This request needs {missing}."),
        "session_too_old": ErrorSpec(
            403,
            "Sign in again to do this.",
            "It is more than a while since this browser signed in. Prove that it is you at {url}.",
        ),
        "rotation_widens": ErrorSpec(
            400,
            "Failed to rotate API key.",
            "It does not hold {scopes}; make another key for more.",
        ),
        "too_many_leaks": ErrorSpec(
            400, "At most {maximum} tokens can be reported in one request.", "It has {found}."
        ),
        "grace_out_of_range": ErrorSpec(
            400, "Failed to rotate API key.", "grace must be between 0 and {maximum}"
        ),
        "not_rotated": ErrorSpec(409, "Failed to rotate API key.", "{reason}"),
        "rotation_beyond_own_key": ErrorSpec(
            403,
            "Failed to rotate API key.",
            "A narrowed key rotates itself and the keys that it made, and no other.",
        ),
        "parent_paused": ErrorSpec(
            409, "The API key stays paused.", "The key that made it is paused; resume that one."
        ),
        # audit
        "invalid_audit_search": ErrorSpec(400, "Invalid audit search query."),
        # authcheck
        "too_many_checks": ErrorSpec(
            400,
            "At most {maximum} checks can be asked in one request.",
            "The request has {found}; send them in several requests.",
        ),
        "too_many_resource_ids": ErrorSpec(
            400,
            'Endpoint only supports using "resource_id" field 10 times, found {found} usages. '
            "Remove {excess} objects with this field set.",
        ),
        "resource_type_missing": ErrorSpec(
            400, 'Object\'s "resource_type" field must be defined for key "{key}".'
        ),
        "resource_id_invalid": ErrorSpec(400, 'Object "{resource_id}" id is not a valid uuid.'),
        "resource_id_unsupported": ErrorSpec(
            400, 'Object type "{resource_type}" does not support "resource_id" field.'
        ),
    }
)
