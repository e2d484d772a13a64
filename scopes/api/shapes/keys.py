"""Requests about keys."""

from coderauth.http.body import Integer, OptionalFlag, OptionalInteger, RequestBody, Text, Texts


class TokenCreate(RequestBody):
    lifetime = Integer(help_text="Nanoseconds; 0 or absent: the default lifetime.")
    scope = Text(help_text="One scope; absent: the full scope. `scopes` wins when both are sent.")
    scopes = Texts(
        help_text="Public scopes of `GET /auth/scopes`; the key can do what any of them permits."
    )
    allow_list = Texts(
        help_text="`type:id` entries to which the key is limited; `*` stands for any. At most 128."
    )
    token_name = Text(help_text="Unique among the user's tokens; absent: a random name.")
    renews = OptionalFlag(
        help_text="`false`: the end is fixed; `true`: each use moves it. "
        "Absent: `true`, unless the deployment fixes all ends."
    )

    example = {"token_name": "ci", "scopes": ["workspace:read"], "lifetime": 604_800_000_000_000}


class KeyRotate(RequestBody):
    grace = OptionalInteger(
        help_text="Nanoseconds for which the old secret works on; 0: not at all; absent: the "
        "deployment's default."
    )

    scopes = Texts(
        help_text="What the key holds from now on, narrower than before; absent: what it held."
    )

    example = {"grace": 3_600_000_000_000}
