"""`/users/otp/…`: forgotten passwords."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes.passcodes import PasscodePasswordChange, PasscodeRequest
from accounts.passwords.passcodes import passcode_request, password_reset, require_password_auth
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, ApiViewSet, Public


class PasscodeViewSet(ApiViewSet):
    """One-time passcodes by mail, for a forgotten password."""

    access: ClassVar[dict[str, Access]] = {
        "create": Public("people who forgot their password cannot sign in"),
        "change_password": Public("the mailed passcode is the proof"),
    }
    login_limited = frozenset({"create", "change_password"})

    @operation(
        "Request a one-time passcode by mail",
        description="The answer never says whether anybody has this address.",
        body=PasscodeRequest,
        answers={204: None},
        refuses=("password_auth_disabled",),
    )
    def create(self, request: Request) -> Response:
        require_password_auth()
        body = self.body(PasscodeRequest)
        passcode_request(email=body["email"])
        return Response(None, status=204)

    @operation(
        "Set a new password with a mailed passcode",
        description="All keys of the user end.",
        body=PasscodePasswordChange,
        answers={204: None},
        refuses=(
            "weak_new_password",
            "incorrect_passcode",
            "same_password",
            "old_password_incorrect",
            "password_auth_disabled",
            "busy",
        ),
    )
    def change_password(self, request: Request) -> Response:
        require_password_auth()
        body = self.body(PasscodePasswordChange)
        password_reset(
            email=body["email"],
            password=body["password"],
            passcode=body["one_time_passcode"],
        )
        return Response(None, status=204)
