"""Back from a provider to a password, for those who lose the provider; Coder has no way back.

The account stays as it is until the mailed passcode sets a password
(`accounts.passwords.passcodes.password_reset`), so starting this gains nobody anything without the
mailbox.
"""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User, UserLoginType
from accounts.owners import require_may_touch
from accounts.passwords.passcodes import mail_passcode
from audit.records import Attempt, Origin, attempt
from coderauth.errors import Forbidden, InvalidRequest, NotFound
from scopes.callers import Caller
from scopes.engine.decision import decide
from scopes.keys.minting import is_narrowed
from scopes.people import Person, is_self, user_object

ACTION, RESOURCE, TARGET = "create", "convert_login", UserLoginType.PASSWORD.value


def reversion_begin(*, caller: Caller, user: Person) -> None:
    """Mail a passcode that makes an account of a provider one with a password.

    Raises NotFound without the permission and for a narrowed key, Forbidden for non-owners acting
    on an owner and where passwords are switched off, InvalidRequest for a service account and for
    an account that has a password.
    """
    about = {"resource_id": user.pk, "resource_target": TARGET}
    with attempt(ACTION, RESOURCE, actor_id=caller.id, **about) as act:
        _require_right(caller, user)
        row = User.objects.living().filter(pk=user.pk).first()
        if row is None:
            raise NotFound("not_found")
        _start(row, act)


def account_reversion_begin(*, user: User) -> None:
    """Do the same for the operator of the machine, who needs no permission."""
    _start(user, Attempt(ACTION, RESOURCE, resource_id=user.pk, resource_target=TARGET))


def _require_right(caller: Caller, user: Any) -> None:
    action = "update_personal" if is_self(caller, user) else "update"
    # A password opens everything its user may do, so a narrowed key must not lead to one.
    if is_narrowed(caller) or not decide(caller.subject, action, user_object(user.pk)):
        raise NotFound("not_found")
    require_may_touch(caller, user)


def _start(user: User, act: Attempt) -> None:
    if not settings.PASSWORD_AUTH_ENABLED:
        raise Forbidden("password_auth_disabled")
    if user.login_type == UserLoginType.PASSWORD:
        raise InvalidRequest("password_user_already")
    if user.login_type == UserLoginType.NONE:
        raise InvalidRequest("service_account_sign_in")
    with transaction.atomic():
        act.succeed(status_code=204)
        mail_passcode.enqueue(str(user.pk), asdict(Origin.current()), to_password=True)
