"""What requests to this room look like."""

from coderauth.http import rules
from coderauth.http.body import Flag, Json, RequestBody, Text, Texts, Uuid, Uuids


class FirstUserCreate(RequestBody):
    email = Text(rules=(rules.required, rules.email))
    username = Text(rules=(rules.required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name.")
    password = Text(rules=(rules.required,), write_only=True)
    trial = Flag(help_text="Ignored; Coder's CLI sends it.")
    trial_info = Json(help_text="Ignored; Coder's CLI sends it.")


class UserCreate(RequestBody):
    email = Text(rules=(rules.required, rules.email))
    username = Text(rules=(rules.required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name.")
    password = Text(write_only=True, help_text="Only for the login type password.")
    login_type = Text(help_text="`password` (default), `none`, `oidc` or `github`.")
    user_status = Text(help_text="`dormant` (default), `active` or `suspended`.")
    organization_ids = Uuids(help_text="At least one; the nil id is the default organization.")
    organization_id = Uuid(help_text="Older form of `organization_ids`.")


class LoginRequest(RequestBody):
    email = Text(rules=(rules.required, rules.email))
    password = Text(rules=(rules.required,), write_only=True)


class PasscodeRequest(RequestBody):
    email = Text(rules=(rules.required, rules.email))


class PasscodePasswordChange(RequestBody):
    email = Text(rules=(rules.required, rules.email))
    password = Text(rules=(rules.required,), write_only=True)
    one_time_passcode = Text(rules=(rules.required,), write_only=True)


class PasswordValidate(RequestBody):
    password = Text(rules=(rules.required,), write_only=True)


class PasswordUpdate(RequestBody):
    password = Text(rules=(rules.required,), write_only=True)
    old_password = Text(write_only=True, help_text="Required for one's own password.")


class RolesUpdate(RequestBody):
    roles = Texts(help_text="The complete new set of site roles.")


class LoginConvert(RequestBody):
    to_type = Text(rules=(rules.required,), help_text="`oidc` or `github`.")
    password = Text(rules=(rules.required,), write_only=True)
