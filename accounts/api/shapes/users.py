"""Requests about people."""

from collections.abc import Mapping
from typing import Any

from accounts import rules
from coderauth.http.body import Flag, RequestBody, Text, Texts, Uuid, Uuids
from coderauth.http.rules import required


class UserCreate(RequestBody):
    email = Text(
        rules=(required, rules.email),
        required=False,
        help_text="Required, but for a service account, which has none.",
    )
    username = Text(rules=(required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name.")
    password = Text(write_only=True, help_text="Only for the login type password.")
    login_type = Text(help_text="`password` (default), `none`, `oidc` or `github`.")
    user_status = Text(help_text="`dormant` (default), `active` or `suspended`.")
    organization_ids = Uuids(help_text="At least one; the nil id is the default organization.")
    organization_id = Uuid(help_text="Older form of `organization_ids`.")
    service_account = Flag(help_text="It holds keys only: no address, no way to sign in.")

    example = {
        "email": "grace@example.org",
        "username": "grace",
        "password": "An0ther-Passw0rd!",
        "organization_ids": ["b1f3c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d"],
    }

    @classmethod
    def _check_rules(cls, body: Mapping[str, Any], at: str) -> None:
        if body["service_account"] and not body["email"]:
            body = {**body, "email": None}
        super()._check_rules(body, at)


class ProfileUpdate(RequestBody):
    username = Text(rules=(required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name; cleared when it is left out.")

    example = {"username": "ada", "name": "Ada Lovelace"}


class RolesUpdate(RequestBody):
    roles = Texts(required=True, help_text="The complete new set of site roles.")

    example = {"roles": ["user-admin"]}
