"""Organizations, and who belongs to them with which roles and groups."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from coderauth.constraints import holds, is_list


class Organization(models.Model):
    """A tenant, in which roles, groups and objects live."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=32)
    display_name = models.CharField(max_length=128, blank=True)
    description = models.TextField(blank=True)
    icon = models.CharField(max_length=1024, blank=True)
    is_default = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="organization_name_unique"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="organization_one_default"
            ),
            holds("organization_name_given", ~Q(name=""), "An organization has a name."),
        ]

    def __str__(self) -> str:
        return self.display_name or self.name


class Membership(models.Model):
    """The membership of a user in an organization, with the roles stored for it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    roles = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="membership_unique"),
            holds("membership_roles_list", is_list("roles"), "Roles are a list."),
        ]
        # The order of a page of members.
        indexes = [
            models.Index(fields=["organization", "created_at", "id"], name="membership_since")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"


class CustomRole(models.Model):
    """A role that an organization made for itself; `permissions` hold at organization level."""

    name = models.CharField(max_length=32, unique=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="custom_roles"
    )
    display_name = models.CharField(max_length=128, blank=True)
    permissions = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            holds(
                "custom_role_name_lower",
                ~Q(name="") & Q(name=Lower("name")),
                "A custom role has a name, in lower case.",
            ),
            holds(
                "custom_role_permissions_list", is_list("permissions"), "Permissions are a list."
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.name


class Group(models.Model):
    """Members of one organization whom access lists can name together."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=32)
    display_name = models.CharField(max_length=128, blank=True)
    members = models.ManyToManyField[Any, "GroupMembership"](
        settings.AUTH_USER_MODEL, through="GroupMembership", related_name="access_groups"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("organization", Lower("name"), name="group_name_unique"),
            holds("group_name_given", ~Q(name=""), "A group has a name."),
        ]

    def __str__(self) -> str:
        return self.display_name or self.name


class GroupMembership(models.Model):
    """The membership of a user in a group."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    group = models.ForeignKey(Group, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "group"], name="group_membership_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"
