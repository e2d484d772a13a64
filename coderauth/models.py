"""What the service itself has to remember."""

from typing import ClassVar
from uuid import uuid4

from django.db import connection, models
from django.db.models import Q

from coderauth.constraints import holds


class RateWindow(models.Model):
    """Hits of one security limit in the current and the previous fixed minute."""

    key = models.CharField(max_length=64, primary_key=True)
    window_at = models.BigIntegerField(db_index=True)
    current_hits = models.IntegerField()
    previous_hits = models.IntegerField()

    class Meta:
        constraints = [
            holds("window_key_given", ~Q(key=""), "A limit has a key."),
            holds(
                "window_counts",
                Q(window_at__gte=0, current_hits__gte=0, previous_hits__gte=0),
                "What a limit counts is not negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.current_hits} hits"


class Deployment(models.Model):
    """The identity of this installation: one row, made when it is first needed."""

    number = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    id = models.UUIDField(default=uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    _known: "ClassVar[Deployment | None]" = None

    class Meta:
        constraints = [
            holds("deployment_one_row", Q(number=1), "There is one deployment."),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def current(cls) -> "Deployment":
        """Return the one row; two processes that make it at once get the same one.

        It never changes, so a process asks for it once. What a transaction made is not kept: it
        may be undone.
        """
        if cls._known is not None:
            return cls._known
        found = cls.objects.get_or_create(number=1)[0]
        if not connection.in_atomic_block:
            cls._known = found
        return found
