from django.db import migrations, models
from django.db.models import Q

from coderauth.constraints import AddChecks, holds, is_list


def nothing(apps, schema_editor):
    """There are no service accounts yet."""


def give_addresses(apps, schema_editor):
    """Give service accounts an address that no mail reaches (RFC 2606): once all had one."""
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    for user in users.filter(is_service_account=True).only("pk"):
        address = f"{user.pk}@service-account.invalid"
        users.filter(pk=user.pk).update(
            email=address, email_folded=address, is_service_account=False
        )


class Migration(migrations.Migration):

    dependencies = [("accounts", "0009_email_unique_folded")]

    operations = [
        migrations.RemoveConstraint("User", "user_email_unique"),
        migrations.RemoveConstraint("User", "user_email_given"),
        migrations.AddField(
            "User", "is_service_account", models.BooleanField(default=False, editable=False)
        ),
        migrations.AddField("User", "muted_notices", models.JSONField(blank=True, default=list)),
        # Backwards, it runs when the checks below are gone and before the earlier ones are back.
        migrations.RunPython(nothing, give_addresses),
        migrations.AddConstraint(
            "User",
            models.UniqueConstraint(
                condition=Q(is_deleted=False) & ~Q(email_folded=""),
                fields=("email_folded",),
                name="user_email_unique",
            ),
        ),
        AddChecks(
            "User",
            [
                holds(
                    "user_email_given",
                    Q(is_service_account=True, email="", email_folded="")
                    | (Q(is_service_account=False) & ~Q(email="") & ~Q(email_folded="")),
                    "An account has an e-mail address, unless it is a service account.",
                ),
                holds(
                    "user_service_account",
                    Q(is_service_account=False) | Q(login_type="none", password=""),
                    "A service account does not sign in.",
                ),
                holds(
                    "user_muted_notices_list",
                    is_list("muted_notices"),
                    "Muted notices are a list.",
                ),
            ],
        ),
    ]
