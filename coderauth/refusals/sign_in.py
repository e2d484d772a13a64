"""Refusals of signing in: with passwords, with providers, and from the one to the other."""

from collections.abc import Mapping

from coderauth.refusals.spec import INTERNAL, SIGNED_OUT, ErrorSpec

SIGN_IN: Mapping[str, ErrorSpec] = {
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
    "foreign_login_type": ErrorSpec(403, "You are not authorized to view this user's login type."),
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
    "email_not_text": ErrorSpec(400, "Email in OIDC payload isn't a string. Found {kind} instead."),
    "email_unverified": ErrorSpec(
        403,
        'Verify the "{email}" email address on your OIDC provider to authenticate!',
    ),
    "email_domain_refused": ErrorSpec(
        403,
        'Your email "{email}" is not from an authorized domain! Please contact your administrator.',
    ),
    # what GitHub says of somebody (accounts.md 2.19)
    "github_organization_required": ErrorSpec(
        401, "You aren't a member of the authorized Github organizations!"
    ),
    "github_team_required": ErrorSpec(
        401,
        "You aren't a member of an authorized team in the {organizations} Github organization(s)!",
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
    "usernames_exhausted": ErrorSpec(409, 'exhausted alternatives for taken username "{username}"'),
    "provider_email_taken": ErrorSpec(
        409,
        "Failed to process OAuth login.",
        "Another account has the email address that the provider tells now. Ask an administrator.",
    ),
    "provider_user_suspended": ErrorSpec(
        403, "Your account is suspended. Contact an admin to reactivate your account."
    ),
    "deleted_user_link": ErrorSpec(
        400, "Cannot create user_link for deleted user.", "Please sign in again."
    ),
    # sessions that depend on the provider's (accounts.md 1.9), or that are old
    "provider_session_expired": ErrorSpec(
        401, SIGNED_OUT, '{provider} session expired at "{expired_at}". Try signing in again.'
    ),
    "refresh_failed": ErrorSpec(
        401,
        "Could not refresh expired {provider} token. Try re-authenticating to resolve this issue.",
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
    "session_too_old": ErrorSpec(
        403,
        "Sign in again to do this.",
        "It is more than a while since this browser signed in. Prove that it is you at {url}.",
    ),
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
}
