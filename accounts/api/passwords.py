"""`/users/…/password…`: check one, set one, take an account back from its provider."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.documents.passwords import PasswordVerdictDocument
from accounts.api.shapes.passwords import PasswordUpdate, PasswordValidate
from accounts.federation.reversion import reversion_begin
from accounts.passwords.change import password_change, require_password_right
from accounts.passwords.strength import check_strength
from accounts.sessions.limits import count_proof
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, Asks, Public
from scopes.http.viewsets import CallerViewSet
from scopes.people import resolve_person


class PasswordViewSet(CallerViewSet):
    """Passwords."""

    access: ClassVar[dict[str, Access]] = {
        "validate": Public("the set-up and reset pages ask before anybody is signed in"),
        "update": Asks("user:update_personal", "user:read"),
        "revert": Asks("user:update", "user:update_personal", "user:read"),
    }
    login_limited = frozenset({"validate"})
    caller_limited = frozenset({"update", "revert"})

    @operation(
        "Say whether a password is good enough",
        body=PasswordValidate,
        answers={200: PasswordVerdictDocument},
    )
    def validate(self, request: Request) -> Response:
        reason = check_strength(self.body(PasswordValidate)["password"])
        return Response({"valid": not reason, "details": reason})

    @operation(
        "Set a password",
        description="All keys of the user end, the caller's own included.",
        body=PasswordUpdate,
        answers={204: None},
        refuses=(
            "not_a_password_user",
            "old_password_required",
            "weak_new_password",
            "old_password_incorrect",
            "same_password",
            "only_owners_touch_owners",
            "busy",
        ),
    )
    def update(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        require_password_right(caller=self.caller, user=person)
        body = self.body(PasswordUpdate)
        password_change(
            caller=self.caller,
            user=person,
            password=body["password"],
            old_password=body["old_password"],
        )
        return Response(None, status=204)

    @operation(
        "Let an account of a provider sign in with a password again",
        description="Mails a passcode; nothing changes until it sets a password. For oneself "
        "`user:update_personal` is enough.",
        answers={204: None},
        refuses=(
            "password_auth_disabled",
            "password_user_already",
            "service_account_sign_in",
            "only_owners_touch_owners",
        ),
    )
    def revert(self, request: Request, user: str) -> Response:
        person = resolve_person(self.caller, user)
        count_proof(person.pk)
        reversion_begin(caller=self.caller, user=person)
        return Response(None, status=204)
