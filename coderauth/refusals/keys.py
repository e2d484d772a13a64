"""Refusals of keys: those that authenticate, those that are made, those that live."""

from collections.abc import Mapping

from coderauth.refusals.spec import SIGNED_OUT, ErrorSpec

KEYS: Mapping[str, ErrorSpec] = {
    # keys that authenticate a request
    "no_token": ErrorSpec(
        401, SIGNED_OUT, 'Cookie "coder_session_token" or query parameter must be provided.'
    ),
    "malformed_token": ErrorSpec(401, SIGNED_OUT, "Invalid API key format: {reason}"),
    "unknown_key": ErrorSpec(401, SIGNED_OUT, "API key is invalid."),
    "wrong_secret": ErrorSpec(401, SIGNED_OUT, "API key secret is invalid."),
    "expired_key": ErrorSpec(401, SIGNED_OUT, 'API key expired at "{expired_at}".'),
    "paused_key": ErrorSpec(401, SIGNED_OUT, "API key is paused."),
    "unlinked_key": ErrorSpec(401, SIGNED_OUT, "You must re-authenticate with the login provider."),
    "inactive_user": ErrorSpec(
        401,
        'User is not active (status = "{status}"). Contact an admin to reactivate your account.',
    ),
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
}
