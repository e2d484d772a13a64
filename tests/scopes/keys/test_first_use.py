"""The first use of a token is recorded, later ones are not (accounts.md 1.10)."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.people import Api, make_key


def test_first_use_of_a_token_is_recorded_once(alice: User) -> None:
    secret = make_key(alice, login_type="token", name="ci")
    api = Api(secret)

    api.get("/users/me", user_agent="ci/1")
    Key.objects.update(last_used_at=timezone.now() - timedelta(hours=2))
    api.get("/users/me")

    entry = Entry.objects.get()
    assert (entry.action, entry.resource_type, entry.resource_target) == ("write", "api_key", "ci")
    assert (entry.actor_id, entry.key_id, entry.user_agent) == (alice.pk, secret[:10], "ci/1")
    assert entry.ip_address == "127.0.0.1"
    assert entry.diff["last_used"]["old"] == "0001-01-01T00:00:00Z"
    assert entry.additional_fields == {"first_use": True}


# A session is used right after the sign-in that is recorded.
def test_first_use_of_a_session_is_not_recorded(alice: User) -> None:
    Api(make_key(alice)).get("/users/me")

    assert not Entry.objects.exists()
