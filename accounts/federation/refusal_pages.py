"""Refusals of a sign-in with a provider as pages: what happened, and what to do next."""

from collections.abc import Mapping

from django.http import HttpResponse

from coderauth.errors import DomainError
from coderauth.http.pages import failure

TITLE = "Signing in did not work"
# The errors of providers (RFC 6749 4.1.2.1, OIDC Core 3.1.2.6). Anybody can write a link with
# another `error`, and people believe what a page says: other errors are only told to programs.
_KNOWN_ERRORS = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)
# Refusals whose message is a title, and whose detail says the rest (accounts.md 2.21).
_TITLED = frozenset({"signups_disabled", "other_login_type"})
_ANEW = "Please begin again, in this browser and in one tab. It must accept cookies."
_LATER = "Please try again in a moment. If it does not help, ask an administrator."
_MEMBERS = (
    "Accept your invitation at GitHub if you have not yet. Otherwise ask an administrator: an "
    "organization may have to approve this application there first."
)
_UNCHANGED = "Your account was not changed; your password is still good. "
_ADVICE: Mapping[str, str] = {
    "provider_not_configured": "An administrator can tell you which ways to sign in there are.",
    "provider_error": "Begin again, or sign in another way.",
    "state_missing": _ANEW,
    "state_cookie_missing": _ANEW,
    "state_mismatch": _ANEW,
    "verifier_missing": _ANEW,
    "code_exchange_failed": "Please begin again: what the provider sends back works only once.",
    "provider_down": _LATER,
    "provider_slow": _LATER,
    "provider_malformed": _LATER,
    "provider_busy": _LATER,
    "rate_limited": "Please wait a minute, then begin again.",
    "github_organization_required": _MEMBERS,
    "github_team_required": _MEMBERS,
    "email_unverified": "Then sign in again.",
    "email_domain_refused": "Or use another account at the provider.",
    "signups_disabled": "If you have an account already, sign in the way you did before.",
    "other_login_type": "Sign in the way you did before.",
    "conversion_email_mismatch": (
        f"{_UNCHANGED}Use the account at the provider that has your e-mail address here."
    ),
    "conversion_cookie_missing": (
        f"{_UNCHANGED}Begin again from your account, in this browser; you have five minutes."
    ),
}


def refusal_page(error: DomainError, headers: Mapping[str, str]) -> HttpResponse:
    """Return a page about a refusal; it leads back to the sign-in page."""
    advice = _ADVICE.get(error.code, "")
    if not advice and error.code.startswith("conversion_"):
        advice = f"{_UNCHANGED}Begin again from your account."
    title, text = (error.message, error.detail) if error.code in _TITLED else (TITLE, _text(error))
    return failure(
        error.status,
        text,
        title=title,
        advice=advice or "Begin again, or ask an administrator.",
        headers=headers,
    )


def _text(error: DomainError) -> str:
    if error.code != "provider_error":
        return error.message
    told = error.parameters["error"]
    if told == "access_denied":
        return "You cancelled, or the provider does not let you use this service."
    return f"The provider refused: {told}." if told in _KNOWN_ERRORS else "The provider refused."
