"""People, on the wire."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from rest_framework import serializers

from accounts.models import UserLoginType, UserStatus
from coderauth.http.documents import Choice, Document
from coderauth.http.examples import CREATED_AT, ORGANIZATION_ID, PERSON_ID
from coderauth.http.times import NEVER, format_time
from scopes.http.documents import RoleDocument, role_document


class UserDocument(Document):
    """A person, or a machine with an account of its own."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField(required=False, help_text="Left out when empty.")
    email = serializers.CharField(
        allow_blank=True, help_text="Empty for service accounts, which have none."
    )
    avatar_url = serializers.CharField(required=False, help_text="Left out when empty.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text=f"`{NEVER}` when they were never seen.")
    status = Choice(UserStatus.values)
    login_type = Choice(UserLoginType.values)
    is_service_account = serializers.BooleanField(required=False, help_text="Left out when false.")
    organization_ids = serializers.ListField(child=serializers.UUIDField())
    roles = RoleDocument(
        many=True, help_text="Site roles; those that everybody holds are not listed."
    )

    example = {
        "id": PERSON_ID,
        "username": "ada",
        "name": "Ada Lovelace",
        "email": "ada@example.org",
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "last_seen_at": NEVER,
        "status": "active",
        "login_type": "password",
        "organization_ids": [ORGANIZATION_ID],
        "roles": [{"name": "owner", "display_name": "Owner"}],
    }


class UserListDocument(Document):
    """A page of people."""

    users = UserDocument(many=True)
    count = serializers.IntegerField(help_text="On all pages together; 0 when this page is empty.")

    example = {"users": [UserDocument.example], "count": 1}


class UserRolesDocument(Document):
    """The roles stored for a user, as far as the caller may see."""

    roles = serializers.ListField(child=serializers.CharField(), help_text="Site roles.")
    organization_roles = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Roles by organization id.",
    )

    example = {"roles": ["owner"], "organization_roles": {ORGANIZATION_ID: ["organization-admin"]}}


class LoginTypeDocument(Document):
    """How a user signs in."""

    login_type = Choice(UserLoginType.values)

    example = {"login_type": "password"}


class Account(Protocol):
    """An instance of the user model, or the caller of a request."""

    @property
    def pk(self) -> Any: ...
    @property
    def username(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def avatar_url(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def login_type(self) -> str: ...
    @property
    def is_service_account(self) -> bool: ...
    @property
    def site_roles(self) -> list[str]: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def last_seen_at(self) -> datetime | None: ...


def user_document(user: Account, organization_ids: Iterable[object]) -> dict[str, Any]:
    """Return a user; implied roles are not listed, empty names and avatars are left out."""
    document: dict[str, Any] = {
        "id": str(user.pk),
        "username": user.username,
        "email": user.email,
        "created_at": format_time(user.created_at),
        "updated_at": format_time(user.updated_at),
        "last_seen_at": format_time(user.last_seen_at),
        "status": str(user.status),
        "login_type": str(user.login_type),
        "organization_ids": [str(identifier) for identifier in organization_ids],
        "roles": [role_document(name) for name in user.site_roles],
    }
    if user.name:
        document["name"] = user.name
    if user.avatar_url:
        document["avatar_url"] = user.avatar_url
    if user.is_service_account:
        document["is_service_account"] = True
    return document
