"""Cross-site request forgery: the API's rule for callers that bring a session cookie.

The rule is in accounts.md 1.14. Pages use Django's own protection; both hold at the same time.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from coderauth.http.csrf_token import is_well_formed, new_token, verify
from coderauth.http.fields import put, stored
from coderauth.http.middleware import GetResponse, is_api

SESSION_COOKIE = "coder_session_token"
SESSION_HEADER = "HTTP_CODER_SESSION_TOKEN"
CSRF_COOKIE = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

WRONG_CSRF = (
    "Something is wrong with your CSRF token. Please refresh the page. "
    "If this error persists, try clearing your cookies."
)
DIFFERENT_SESSIONS = (
    'CSRF error encountered. Authentication via "coder_session_token" cookie and '
    '"Coder-Session-Token" header detected, but the values do not match. '
    "Please use only one of them, or send the same value in both."
)
_VARY = stored({"Vary": "Cookie"})


class ApiCsrf:
    """Refuse writes that a foreign site could have made with the browser's session cookie."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        same_site = settings.SAMESITE_AUTH_COOKIE.capitalize()
        secure = "; Secure" if settings.SECURE_AUTH_COOKIE else ""
        self.attributes = f"; Path=/; HttpOnly{secure}; SameSite={same_site}"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request):
            return self.get_response(request)
        cookies = request.COOKIES
        if request.method in SAFE_METHODS or _is_proven(request):
            response = self.get_response(request)
        else:
            response = _refusal(request)
        headers = response.headers
        vary = headers.get("Vary")
        if vary is None:
            put(response, _VARY)
        elif "cookie" not in vary.lower():
            headers["Vary"] = f"{vary}, Cookie"
        if not is_well_formed(cookies.get(CSRF_COOKIE, "")):
            # Written as a header: the response's own cookies cost ten times as much, and
            # Django sends both.
            cookie = f"{CSRF_COOKIE}={new_token()}{self.attributes}"
            put(response, {"set-cookie": ("Set-Cookie", cookie)})
        return response


def _is_proven(request: HttpRequest) -> bool:
    session = request.COOKIES.get(SESSION_COOKIE, "")
    if not session or request.path_info in settings.CSRF_EXEMPT_PATHS:
        return True
    if request.META.get(SESSION_HEADER, "") == session:
        return True
    if request.GET.get(SESSION_COOKIE, "") == session:
        return True
    if request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("bearer "):
        return True
    return verify(request.META.get("HTTP_X_CSRF_TOKEN", ""), request.COOKIES.get(CSRF_COOKIE, ""))


def _refusal(request: HttpRequest) -> HttpResponse:
    header = request.META.get(SESSION_HEADER, "")
    text = DIFFERENT_SESSIONS if header else WRONG_CSRF
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
