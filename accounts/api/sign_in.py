"""`/users/login`, `/users/logout`, `/users/authmethods` and the way to another login type."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.documents.sign_in import (
    AuthMethodsDocument,
    ConversionDocument,
    SessionDocument,
    authentication_methods,
)
from accounts.api.shapes.sign_in import LoginConvert, LoginRequest
from accounts.federation.conversion import conversion_begin
from accounts.sessions.cookies import (
    DEVICE_COOKIE,
    clear_session,
    set_conversion,
    set_device_known,
    set_session,
)
from accounts.sessions.limits import count_proof, count_sign_in, device_cookie
from accounts.sessions.sign_in import sign_in
from accounts.sessions.sign_out import sign_out
from coderauth.http.documents import message
from coderauth.http.openapi import operation
from coderauth.http.times import format_time
from coderauth.http.viewsets import Access, Asks, Public
from scopes.http.viewsets import CallerViewSet
from scopes.people import resolve_person

SIGN_IN_REFUSALS = (
    "incorrect_credentials",
    "password_auth_disabled",
    "incorrect_login_type",
    "suspended",
)


class SignInViewSet(CallerViewSet):
    """Signing in and out."""

    access: ClassVar[dict[str, Access]] = {
        "login": Public("signing in is how one gets a key"),
        "methods": Public("the sign-in page asks before anybody is signed in"),
        "logout": Asks("api_key:delete"),
        "convert": Asks("user:read"),
    }
    login_limited = frozenset({"login", "convert"})

    @operation(
        "Sign in with a password",
        body=LoginRequest,
        answers={201: SessionDocument},
        refuses=(*SIGN_IN_REFUSALS, "busy"),
    )
    def login(self, request: Request) -> Response:
        body = self.body(LoginRequest)
        email, device = body["email"], request.COOKIES.get(DEVICE_COOKIE, "")
        count_sign_in(email=email, address=self.address, device=device)
        secret = sign_in(email=email, password=body["password"], address=self.address)
        response = Response({"session_token": secret}, status=201)
        set_session(response, secret)
        set_device_known(response, device_cookie(email, device))
        return response

    @operation("End the session", answers={200: message("Logged out!")}, refuses=("forbidden",))
    def logout(self, request: Request) -> Response:
        sign_out(caller=self.caller)
        response = Response({"message": "Logged out!"})
        clear_session(response)
        return response

    @operation("List the ways to sign in", answers={200: AuthMethodsDocument})
    def methods(self, request: Request) -> Response:
        return Response(authentication_methods())

    @operation(
        "Begin to move an account to OIDC or GitHub",
        description="Proves the password; the provider's callback with the returned state ends it.",
        body=LoginConvert,
        answers={201: ConversionDocument},
        refuses=("cannot_convert_to", "unknown_login_type", *SIGN_IN_REFUSALS, "busy"),
    )
    def convert(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        body = self.body(LoginConvert)
        count_proof(person.pk)
        conversion = conversion_begin(
            caller=self.caller, user=person, to_type=body["to_type"], password=body["password"]
        )
        document = {
            "state_string": conversion.state,
            "expires_at": format_time(conversion.expires_at),
            "to_type": conversion.to_type,
            "user_id": conversion.user_id,
        }
        response = Response(document, status=201)
        set_conversion(response, conversion.cookie, conversion.expires_at)
        return response
