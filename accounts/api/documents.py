"""What responses of this room look like, as the OpenAPI document says."""

from rest_framework import serializers

from accounts.models import UserLoginType, UserStatus
from coderauth.http.documents import NEVER, Choice, Document
from scopes.api.documents import CREATED_AT, ORGANIZATION_ID, SECRET, USER_ID, RoleDocument


class UserDocument(Document):
    """A person, or a machine with an account of its own."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField(required=False, help_text="Left out when empty.")
    email = serializers.EmailField()
    avatar_url = serializers.CharField(required=False, help_text="Left out when empty.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text=f"`{NEVER}` when they never were.")
    status = Choice(UserStatus.values)
    login_type = Choice(UserLoginType.values)
    organization_ids = serializers.ListField(child=serializers.UUIDField())
    roles = RoleDocument(many=True, help_text="Site roles; what everybody holds is not listed.")

    example = {
        "id": USER_ID,
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
    count = serializers.IntegerField(help_text="Of all pages; 0 when this one is empty.")

    example = {"users": [UserDocument.example], "count": 1}


class FirstUserDocument(Document):
    """Who the first owner is, and where they are at home."""

    user_id = serializers.UUIDField()
    organization_id = serializers.UUIDField()

    example = {"user_id": USER_ID, "organization_id": ORGANIZATION_ID}


class UserRolesDocument(Document):
    """The roles stored for somebody, as far as the caller may see."""

    roles = serializers.ListField(child=serializers.CharField(), help_text="Site roles.")
    organization_roles = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Roles by the id of an organization.",
    )

    example = {"roles": ["owner"], "organization_roles": {ORGANIZATION_ID: ["organization-admin"]}}


class LoginTypeDocument(Document):
    """How somebody signs in."""

    login_type = Choice(UserLoginType.values)

    example = {"login_type": "password"}


class SessionDocument(Document):
    """The key of a new session; the cookie holds it too."""

    session_token = serializers.CharField()

    example = {"session_token": SECRET}


class PasswordMethodDocument(Document):
    enabled = serializers.BooleanField()


class GithubMethodDocument(Document):
    enabled = serializers.BooleanField()
    default_provider_configured = serializers.BooleanField()


class OidcMethodDocument(Document):
    enabled = serializers.BooleanField()
    signInText = serializers.CharField()  # noqa: N815 (the wire's spelling)
    iconUrl = serializers.CharField(allow_blank=True)  # noqa: N815 (the wire's spelling)


class OidcProviderDocument(Document):
    id = serializers.CharField()
    signInText = serializers.CharField()  # noqa: N815 (the wire's spelling)
    iconUrl = serializers.CharField(allow_blank=True)  # noqa: N815 (the wire's spelling)
    url = serializers.CharField(help_text="Where a sign-in with it begins: a path of this site.")


class AuthMethodsDocument(Document):
    """The ways to sign in that are switched on."""

    password = PasswordMethodDocument()
    github = GithubMethodDocument()
    oidc = OidcMethodDocument(help_text="The first provider, without a number.")
    oidc_providers = OidcProviderDocument(
        many=True, required=False, help_text="All of them; left out when there are none."
    )
    terms_of_service_url = serializers.CharField(
        required=False, help_text="Left out when there are none."
    )

    example = {
        "password": {"enabled": True},
        "github": {"enabled": False, "default_provider_configured": False},
        "oidc": {"enabled": False, "signInText": "OpenID Connect", "iconUrl": ""},
        "oidc_providers": [
            {"id": "1", "signInText": "Okta", "iconUrl": "", "url": "/api/v2/users/oidc/1/callback"}
        ],
    }


class ConversionDocument(Document):
    """A conversion to another login type that may begin."""

    state_string = serializers.CharField(help_text="What the provider has to send back.")
    expires_at = serializers.DateTimeField()
    to_type = Choice([UserLoginType.OIDC.value, UserLoginType.GITHUB.value])
    user_id = serializers.UUIDField()

    example = {
        "state_string": "convert-0123456789abcdefghijABCDEFGHIJkl",
        "expires_at": "2026-01-05T09:35:00Z",
        "to_type": "oidc",
        "user_id": USER_ID,
    }


class RedirectDocument(Document):
    """Where to go after a sign-in by device."""

    redirect_url = serializers.CharField()

    example = {"redirect_url": "/"}


class DeviceDocument(Document):
    """A sign-in that waits for a code to be typed at GitHub (RFC 8628 3.2)."""

    device_code = serializers.CharField()
    user_code = serializers.CharField(help_text="To be typed.")
    verification_uri = serializers.CharField(help_text="Where to type it.")
    expires_in = serializers.IntegerField(help_text="Seconds.")
    interval = serializers.IntegerField(help_text="Seconds between two polls.")

    example = {
        "device_code": "3584d83530557fdd1f46af8289938c8ef79f9dc5",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://github.com/login/device",
        "expires_in": 899,
        "interval": 5,
    }


class PasswordVerdictDocument(Document):
    """Whether a password would do."""

    valid = serializers.BooleanField()
    details = serializers.CharField(allow_blank=True, help_text="What is wrong with it.")

    example = {"valid": True, "details": ""}
