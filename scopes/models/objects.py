"""Objects of other services, registered here."""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from coderauth.constraints import holds, is_map
from scopes.models.organizations import Organization

# Types that answer for each other: an object moves between them and keeps its id.
FAMILY_OF = {"workspace_dormant": "workspace"}


class RegisteredObject(models.Model):
    """An object of another service, described so that `authcheck` can answer by its id.

    The access lists map the id of a user, of a group, or of the organization for all of its
    members, to actions. They are on the row, so that one query finds all that a decision needs.
    """

    type = models.CharField(max_length=64)
    # An id belongs to one object, whichever type of a family it has at the moment.
    family = models.GeneratedField(
        expression=Case(
            *(When(type=kind, then=Value(family)) for kind, family in FAMILY_OF.items()),
            default=F("type"),
        ),
        output_field=models.CharField(max_length=64),
        db_persist=True,
    )
    object_id = models.UUIDField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="registered_objects",
    )
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="registered_objects"
    )
    acl_users = models.JSONField(default=dict)
    acl_groups = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["type", "object_id"]
        constraints = [
            models.UniqueConstraint(fields=["family", "object_id"], name="registered_object_once"),
            holds("registered_object_type_given", ~Q(type=""), "An object has a type."),
            holds(
                "registered_object_acls",
                Q(is_map("acl_users"), is_map("acl_groups")),
                "Access lists are JSON objects.",
            ),
        ]
        indexes = [models.Index(fields=["type", "object_id"], name="registered_object_type")]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"
