"""`/users/login`, `/users/logout`, `/users/authmethods` and the way to another login type."""

from typing import ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.cookies import clear_session, set_conversion, set_session
from accounts.api.shapes import LoginConvert, LoginRequest
from accounts.conversion import conversion_begin
from accounts.sign_in import sign_in
from accounts.sign_out import sign_out
from coderauth.http.ratelimit import enforce
from coderauth.http.times import format_time
from coderauth.http.viewsets import Access, Needs, Public
from scopes.api.viewsets import CallerViewSet
from scopes.people import resolve_person

NO_STORE = {"Cache-Control": "no-store"}


class SignInViewSet(CallerViewSet):
    access: ClassVar[dict[str, Access]] = {
        "login": Public("signing in is how one gets a key"),
        "methods": Public("the sign-in page asks before anybody is signed in"),
        "logout": Needs("api_key", "delete"),
        "convert": Needs("user", "read"),
    }
    login_limited = frozenset({"login", "convert"})

    def login(self, request: Request) -> Response:
        body = self.body(LoginRequest)
        enforce(f"login:{body['email'].lower()}", settings.LOGIN_RATE_LIMIT)
        secret = sign_in(email=body["email"], password=body["password"], address=self.address)
        response = Response({"session_token": secret}, status=201, headers=NO_STORE)
        set_session(response, secret)
        return response

    def logout(self, request: Request) -> Response:
        sign_out(caller=self.caller)
        response = Response({"message": "Logged out!"})
        clear_session(response)
        return response

    def methods(self, request: Request) -> Response:
        document = {
            "password": {"enabled": settings.PASSWORD_AUTH_ENABLED},
            "github": {"enabled": False, "default_provider_configured": False},
            "oidc": {"enabled": False, "signInText": "OpenID Connect", "iconUrl": ""},
        }
        if settings.TERMS_OF_SERVICE_URL:
            document["terms_of_service_url"] = settings.TERMS_OF_SERVICE_URL
        return Response(document)

    def convert(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        body = self.body(LoginConvert)
        conversion = conversion_begin(
            caller=self.caller, user=person, to_type=body["to_type"], password=body["password"]
        )
        document = {
            "state_string": conversion.state,
            "expires_at": format_time(conversion.expires_at),
            "to_type": conversion.to_type,
            "user_id": conversion.user_id,
        }
        response = Response(document, status=201, headers=NO_STORE)
        set_conversion(response, conversion.cookie, conversion.expires_at)
        return response
