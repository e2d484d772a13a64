"""Acts on many keys, which outlive the request that asks for them."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from coderauth.constraints import has_length, holds, is_map
from scopes.models.keys import KEY_ID_LENGTH


class KeyJob(models.Model):
    """An act on many keys: who asked for it, with which key, and from where."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    act = models.CharField(max_length=16)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The key of whoever asked. It is judged again before each act; no secret is needed for that.
    caller_key_id = models.CharField(max_length=KEY_ID_LENGTH)
    origin = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            holds(
                "key_job_act_known", Q(act__in=["revoke", "expire"]), "A job revokes or expires."
            ),
            holds("key_job_origin_map", is_map("origin"), "An origin is a JSON object."),
            holds(
                "key_job_caller_key_length",
                has_length("caller_key_id", KEY_ID_LENGTH),
                "The id of a key has 10 letters.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} ({self.pk})"


class KeyJobItem(models.Model):
    """One key of a job. `outcome` is empty until it had its turn: then `done`, or why not."""

    job = models.ForeignKey(KeyJob, on_delete=models.CASCADE, related_name="items")
    key_id = models.CharField(max_length=KEY_ID_LENGTH)
    outcome = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["job", "outcome"], name="key_job_outcomes")]
        constraints = [
            holds(
                "key_job_item_key_length",
                has_length("key_id", KEY_ID_LENGTH),
                "The id of a key has 10 letters.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key_id}: {self.outcome or 'waiting'}"
