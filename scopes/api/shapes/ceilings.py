"""Requests about ceilings of keys."""

from coderauth.http.body import Flag, OptionalInteger, OptionalTexts, RequestBody


class CeilingPut(RequestBody):
    max_lifetime = OptionalInteger(help_text="Nanoseconds; absent or `null`: no ceiling.")
    forbid_full_access = Flag(help_text="`true`: no key may have the scope `coder:all`.")
    scopes = OptionalTexts(help_text="Public scopes that keys can be given; absent or `null`: all.")
    fixed_ends = Flag(help_text="`true`: no use moves the end of a key.")
    max_keys = OptionalInteger(help_text="How many tokens one may have; absent or `null`: any.")

    example = {"max_lifetime": 2_592_000_000_000_000, "forbid_full_access": True, "max_keys": 20}
