"""Tell people what others did to their accounts."""

from django_tasks import task

from accounts.models import User
from accounts.passwords.mail import send_password_changed

OPERATOR = "The operator of the service"


@task()
def mail_password_changed(user_id: str, actor_id: str | None) -> None:
    """Tell a user by mail that somebody else has set their password.

    Does nothing for accounts that are gone. Raises what the mail server raises; the task tries
    again.
    """
    user = User.objects.living().filter(pk=user_id).first()
    actor = User.objects.filter(pk=actor_id).first() if actor_id else None
    if user is not None:
        send_password_changed(user, actor.username if actor else OPERATOR)
