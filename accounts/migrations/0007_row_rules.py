from django.db import migrations
from django.db.models import Q

from coderauth.constraints import AddChecks, has_length, holds, is_list, is_map

LOGIN_TYPES = ["password", "github", "oidc", "none"]
PROVIDERS = ("github", "oidc")


def repair(apps, schema_editor):
    """Empty what is no id."""
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    users.filter(github_com_user_id__lte=0).update(github_com_user_id=None)


class Migration(migrations.Migration):

    dependencies = [("accounts", "0006_passcode_without_attempts")]

    operations = [
        migrations.RunPython(repair, migrations.RunPython.noop),
        AddChecks(
            "User",
            [
                holds("user_username_given", ~Q(username=""), "An account has a username."),
                holds("user_email_given", ~Q(email=""), "An account has an e-mail address."),
                holds(
                    "user_status_known",
                    Q(status__in=["active", "dormant", "suspended"]),
                    "An account is active, dormant or suspended.",
                ),
                holds(
                    "user_login_type_known",
                    Q(login_type__in=LOGIN_TYPES),
                    "An account signs in with a password, with GitHub, by OIDC, or not at all.",
                ),
                holds(
                    "user_github_id_positive",
                    Q(github_com_user_id=None) | Q(github_com_user_id__gt=0),
                    "An id of GitHub is greater than zero.",
                ),
                holds("user_roles_list", is_list("site_roles"), "Site roles are a list."),
            ],
        ),
        AddChecks(
            "Passcode",
            [holds("passcode_hash_given", ~Q(hashed_passcode=""), "A passcode has a hash.")],
        ),
        AddChecks(
            "UserLink",
            [
                holds(
                    "link_of_a_provider",
                    Q(login_type__in=PROVIDERS) & ~Q(provider=""),
                    "A link is to GitHub or to an OIDC provider, and says to which.",
                ),
                holds("link_claims_map", is_map("claims"), "Claims are a JSON object."),
            ],
        ),
        AddChecks(
            "ProviderSession",
            [
                holds(
                    "provider_session_key_id_length",
                    has_length("key_id", 10),
                    "The id of a key has 10 letters.",
                ),
                holds(
                    "provider_session_digest_length",
                    Q(session="") | Q(has_length("session", 64)),
                    "What names a provider's session is a SHA-256.",
                ),
            ],
        ),
        AddChecks(
            "UsedLogoutToken",
            [
                holds(
                    "used_logout_token_digest_length",
                    has_length("digest", 64),
                    "What is kept of a logout token is a SHA-256.",
                ),
            ],
        ),
    ]
