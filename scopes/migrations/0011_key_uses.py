from django.db import migrations, models

from coderauth.constraints import AddChecks, holds, is_map


class Migration(migrations.Migration):

    dependencies = [("scopes", "0010_key_ceiling")]

    operations = [
        migrations.AddField("Key", "uses", models.JSONField(default=dict, editable=False)),
        AddChecks(
            "Key",
            [holds("key_uses_map", is_map("uses"), "What a key was used for is a JSON object.")],
        ),
    ]
