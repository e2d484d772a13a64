"""Store beside each address what it is compared by; see `coderauth.folding`.

Two accounts may have had one address, where the database did not fold letters beyond ASCII.
"""

from django.core.management.base import CommandError
from django.db import migrations

import accounts.addresses
from coderauth.folding import fold

BATCH = 1000


def fill(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    holders, batch = {}, []
    for user in users.order_by("created_at", "id").iterator(BATCH):
        user.email_folded = fold(user.email)
        if not user.is_deleted:
            holders.setdefault(user.email_folded, []).append(user)
        batch.append(user)
        if len(batch) == BATCH:
            users.bulk_update(batch, ["email_folded"])
            batch.clear()
    users.bulk_update(batch, ["email_folded"])
    refuse_shared([people for people in holders.values() if len(people) > 1])


def refuse_shared(collisions):
    if not collisions:
        return
    told = "; ".join(
        " and ".join(f"{user.username} <{user.email}> ({user.id})" for user in people)
        for people in collisions
    )
    raise CommandError(
        f"Accounts that have one e-mail address in different letters: {told}. Only one of each may "
        "keep it. Delete the others with the version that ran before (`manage.py users delete`), "
        "or give them another address (UPDATE accounts_user SET email = '…' WHERE id = '…'), and "
        "migrate again. Until then the version that ran before goes on with this database."
    )


class Migration(migrations.Migration):

    dependencies = [("accounts", "0007_row_rules")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="email_folded",
            field=accounts.addresses.FoldedAddress(default="", editable=False, max_length=254),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
