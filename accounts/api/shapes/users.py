"""Requests about people."""

from accounts import rules
from coderauth.http.body import RequestBody, Text, Texts, Uuid, Uuids
from coderauth.http.rules import required


class UserCreate(RequestBody):
    email = Text(rules=(required, rules.email))
    username = Text(rules=(required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name.")
    password = Text(write_only=True, help_text="Only for the login type password.")
    login_type = Text(help_text="`password` (default), `none`, `oidc` or `github`.")
    user_status = Text(help_text="`dormant` (default), `active` or `suspended`.")
    organization_ids = Uuids(help_text="At least one; the nil id is the default organization.")
    organization_id = Uuid(help_text="Older form of `organization_ids`.")

    example = {
        "email": "grace@example.org",
        "username": "grace",
        "password": "An0ther-Passw0rd!",
        "organization_ids": ["b1f3c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d"],
    }


class ProfileUpdate(RequestBody):
    username = Text(rules=(required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name; cleared when it is left out.")

    example = {"username": "ada", "name": "Ada Lovelace"}


class RolesUpdate(RequestBody):
    roles = Texts(required=True, help_text="The complete new set of site roles.")

    example = {"roles": ["user-admin"]}
