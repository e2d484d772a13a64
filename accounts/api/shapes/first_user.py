"""The request for the first owner."""

from accounts import rules
from coderauth.http.body import Flag, Json, RequestBody, Text
from coderauth.http.rules import required


class FirstUserCreate(RequestBody):
    email = Text(rules=(required, rules.email))
    username = Text(rules=(required, rules.new_username))
    name = Text(rules=(rules.user_real_name,), help_text="Real name.")
    password = Text(rules=(required,), write_only=True)
    setup_secret = Text(
        write_only=True,
        help_text="What the start of the service printed; not needed on the machine itself.",
    )
    trial = Flag(help_text="Ignored; Coder's CLI sends it.")
    trial_info = Json(help_text="Ignored; Coder's CLI sends it.")

    example = {
        "email": "ada@example.org",
        "username": "ada",
        "name": "Ada Lovelace",
        "password": "Str0ng-Passw0rd!",
    }
