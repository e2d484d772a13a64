from django.conf import settings
from django.db import migrations
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower

from coderauth.constraints import AddChecks, has_length, holds, is_list, is_map

LOGIN_TYPES = ["password", "github", "oidc", "token", "none", "oauth2_provider_app"]


def repair(apps, schema_editor):
    """Mend keys: tokens without a name, and times that contradict each other."""
    keys = apps.get_model("scopes", "Key").objects.using(schema_editor.connection.alias)
    # The id is in no other name: a key has it alone.
    keys.filter(login_type="token", name="").update(name=Concat(Value("unnamed-"), F("id")))
    keys.filter(lifetime_seconds__lt=1).update(lifetime_seconds=86_400)
    keys.filter(expires_at__gt=F("not_after")).update(expires_at=F("not_after"))


class Migration(migrations.Migration):

    dependencies = [
        ("scopes", "0005_one_object_an_id"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(repair, migrations.RunPython.noop),
        AddChecks(
            "Organization",
            [holds("organization_name_given", ~Q(name=""), "An organization has a name.")],
        ),
        AddChecks(
            "Membership",
            [holds("membership_roles_list", is_list("roles"), "Roles are a list.")],
        ),
        AddChecks(
            "CustomRole",
            [
                holds(
                    "custom_role_name_lower",
                    ~Q(name="") & Q(name=Lower("name")),
                    "A custom role has a name, in lower case.",
                ),
                holds(
                    "custom_role_permissions_list",
                    is_list("permissions"),
                    "Permissions are a list.",
                ),
            ],
        ),
        AddChecks("Group", [holds("group_name_given", ~Q(name=""), "A group has a name.")]),
        AddChecks(
            "Key",
            [
                holds("key_id_length", has_length("id", 10), "The id of a key has 10 letters."),
                holds(
                    "key_hash_length",
                    has_length("hashed_secret", 32),
                    "The hash of a key is a SHA-256: it has 32 bytes.",
                ),
                holds(
                    "key_login_type_known",
                    Q(login_type__in=LOGIN_TYPES),
                    "A key says how its owner signed in, or that it is a token.",
                ),
                holds(
                    "key_token_named",
                    ~Q(login_type="token") | ~Q(name=""),
                    "A token has a name.",
                ),
                holds(
                    "key_lifetime_positive", Q(lifetime_seconds__gte=1), "A key lives for a time."
                ),
                holds(
                    "key_ends_by_not_after",
                    Q(not_after=None) | Q(expires_at__lte=F("not_after")),
                    "A key expires no later than at the last moment that it may live to.",
                ),
                holds(
                    "key_lists",
                    Q(is_list("scopes"), is_list("allow_list")),
                    "The scopes and the allow list of a key are lists.",
                ),
            ],
        ),
        AddChecks(
            "RegisteredObject",
            [
                holds("registered_object_type_given", ~Q(type=""), "An object has a type."),
                holds(
                    "registered_object_acls",
                    Q(is_map("acl_users"), is_map("acl_groups")),
                    "Access lists are JSON objects.",
                ),
            ],
        ),
    ]
