from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from coderauth.constraints import AddChecks, has_length, holds


class Migration(migrations.Migration):

    dependencies = [
        ("scopes", "0007_key_parent"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "Key",
            "old_hashed_secret",
            models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            "Key",
            "old_valid_until",
            models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField("Key", "paused_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "Key", "rotated_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "Key", "user_agent", models.CharField(blank=True, editable=False, max_length=512)
        ),
        migrations.AddField("Key", "way", models.CharField(blank=True, editable=False, max_length=20)),
        AddChecks(
            "Key",
            [
                holds(
                    "key_old_hash_length",
                    Q(old_hashed_secret=None) | Q(has_length("old_hashed_secret", 32)),
                    "The hash of an old secret is a SHA-256: it has 32 bytes.",
                ),
                holds(
                    "key_old_secret_ends",
                    Q(old_hashed_secret=None, old_valid_until=None)
                    | (
                        ~Q(old_hashed_secret=None)
                        & ~Q(old_valid_until=None)
                        & ~Q(rotated_at=None)
                    ),
                    "An old secret is that of a rotated key, and works until some moment.",
                ),
            ],
        ),
    ]
