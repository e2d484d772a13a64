"""Back from a provider to a password, for those who lose the provider; Coder has no way back.

The account stays as it is until the passcode that is mailed sets a password
(`accounts.passwords.passcodes.password_reset`). So whoever starts it gains nothing without the
mailbox.
"""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.models import UserLoginType
from accounts.owners import person_get, require_may_touch
from accounts.passwords.passcodes import mail_passcode
from audit.records import Origin, attempt
from coderauth.errors import Forbidden, InvalidRequest, NotFound
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.keys.fresh import require_fresh
from scopes.people import Person, is_self, user_object
from scopes.standing import standing


def reversion_begin(*, caller: Actor, user: Person) -> None:
    """Mail a passcode that makes an account of a provider one with a password.

    Raises NotFound without the permission and for a narrowed key, Forbidden for non-owners acting
    on an owner and where passwords are switched off, InvalidRequest for a service account and for
    an account that has a password.
    """
    about = {"resource_id": user.pk, "resource_target": UserLoginType.PASSWORD.value}
    with (
        attempt("create", "convert_login", actor_id=caller.id, **about) as act,
        standing(caller, holds=Q(pk=user.pk)) as caller,
    ):
        _require_right(caller, user)
        row = person_get(user.pk)
        if not settings.PASSWORD_AUTH_ENABLED:
            raise Forbidden("password_auth_disabled")
        if row.login_type == UserLoginType.PASSWORD:
            raise InvalidRequest("password_user_already")
        if row.login_type == UserLoginType.NONE:
            raise InvalidRequest("service_account_sign_in")
        require_fresh(caller)
        act.succeed(status_code=204)
        mail_passcode.enqueue(str(row.pk), asdict(Origin.current()), to_password=True)


def _require_right(caller: Actor, user: Any) -> None:
    action = "update_personal" if is_self(caller, user) else "update"
    # A password opens everything its user may do, so a narrowed key must not lead to one.
    if caller.is_narrowed or not decide(caller.subject, action, user_object(user.pk)):
        raise NotFound("not_found")
    require_may_touch(caller, user)
