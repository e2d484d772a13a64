"""What the service itself has to remember."""

from uuid import uuid4

from django.db import models


class RateWindow(models.Model):
    """Hits of one security limit in the current and the previous fixed minute."""

    key = models.CharField(max_length=64, primary_key=True)
    window_at = models.BigIntegerField(db_index=True)
    current_hits = models.IntegerField()
    previous_hits = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.current_hits} hits"


class Deployment(models.Model):
    """The identity of this installation: one row, made when it is first needed."""

    number = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    id = models.UUIDField(default=uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def current(cls) -> "Deployment":
        """Return the one row; two processes that make it at once get the same one."""
        return cls.objects.get_or_create(number=1)[0]
