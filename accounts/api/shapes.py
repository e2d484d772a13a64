"""What requests to this room look like."""

from accounts import rules
from coderauth.http.body import Flag, Json, RequestBody, Text, Texts, Uuid, Uuids
from coderauth.http.rules import required


class FirstUserCreate(RequestBody):
    email = Text(rules=(required, rules.email))
    username = Text(rules=(required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name.")
    password = Text(rules=(required,), write_only=True)
    trial = Flag(help_text="Ignored; Coder's CLI sends it.")
    trial_info = Json(help_text="Ignored; Coder's CLI sends it.")

    example = {
        "email": "ada@example.org",
        "username": "ada",
        "name": "Ada Lovelace",
        "password": "Str0ng-Passw0rd!",
    }


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


class LoginRequest(RequestBody):
    email = Text(rules=(required, rules.email))
    password = Text(rules=(required,), write_only=True)

    example = {"email": "ada@example.org", "password": "Str0ng-Passw0rd!"}


class PasscodeRequest(RequestBody):
    email = Text(rules=(required, rules.email))

    example = {"email": "ada@example.org"}


class PasscodePasswordChange(RequestBody):
    email = Text(rules=(required, rules.email))
    password = Text(rules=(required,), write_only=True)
    one_time_passcode = Text(rules=(required,), write_only=True)

    example = {
        "email": "ada@example.org",
        "password": "N3w-Passw0rd-please",
        "one_time_passcode": "0b9e4f9c-0d6e-4a57-9d0f-5c1b6a1f3e21",
    }


class PasswordValidate(RequestBody):
    password = Text(rules=(required,), write_only=True)

    example = {"password": "Str0ng-Passw0rd!"}


class PasswordUpdate(RequestBody):
    password = Text(rules=(required,), write_only=True)
    old_password = Text(write_only=True, help_text="Required for one's own password.")

    example = {"password": "N3w-Passw0rd-please", "old_password": "Str0ng-Passw0rd!"}


class ProfileUpdate(RequestBody):
    username = Text(rules=(required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name; left out, it is cleared.")

    example = {"username": "ada", "name": "Ada Lovelace"}


class RolesUpdate(RequestBody):
    roles = Texts(help_text="The complete new set of site roles.")

    example = {"roles": ["user-admin"]}


class LoginConvert(RequestBody):
    to_type = Text(rules=(required,), help_text="`oidc` or `github`.")
    password = Text(rules=(required,), write_only=True)

    example = {"to_type": "oidc", "password": "Str0ng-Passw0rd!"}
