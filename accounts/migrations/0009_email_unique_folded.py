from django.db import migrations, models
from django.db.models import Q

from coderauth.constraints import AddChecks, holds


class Migration(migrations.Migration):

    dependencies = [("accounts", "0008_email_folded")]

    operations = [
        migrations.RemoveConstraint(model_name="user", name="user_email_unique"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                fields=["email_folded"],
                condition=Q(is_deleted=False),
                name="user_email_unique",
            ),
        ),
        migrations.RemoveConstraint(model_name="user", name="user_email_given"),
        AddChecks(
            "User",
            [
                holds(
                    "user_email_given",
                    ~Q(email="") & ~Q(email_folded=""),
                    "An account has an e-mail address.",
                )
            ],
        ),
    ]
