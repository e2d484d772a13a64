from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("scopes", "0008_key_pause_rotation_session")]

    operations = [
        migrations.AddField(
            "Key",
            "old_last_used_at",
            models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
