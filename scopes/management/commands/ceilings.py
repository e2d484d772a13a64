"""`manage.py ceilings`: what tokens may be, by site role and organization."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from coderauth.commands.operator import (
    OperatorCommand,
    Options,
    UsageError,
    add_json,
    found,
    table,
)
from coderauth.durations import format_duration, parse_duration, to_nanoseconds
from scopes.actors import OPERATOR
from scopes.keys.ceiling_changes import CeilingWish, ceiling_remove, ceiling_set
from scopes.keys.ceilings import source_of
from scopes.models import KeyCeiling, Organization
from scopes.organizations.selectors import organization_find

COLUMNS = ("for", "longest life", "full access", "scopes", "ends", "most keys")


class Command(OperatorCommand):
    help = "Manage the ceilings on tokens of site roles and organizations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        listing = acts.add_parser("list", help="list the ceilings")
        listing.set_defaults(run=self._list)
        add_json(listing)
        setting = acts.add_parser("set", help="set a ceiling; what is left out has none")
        setting.set_defaults(run=self._set)
        _add_place(setting)
        setting.add_argument("--max-lifetime", type=_lifetime, help="such as 720h or 30d")
        setting.add_argument(
            "--forbid-full-access", action="store_true", help="no token for everything"
        )
        setting.add_argument("--scope", action="append", help="may be granted; repeatable")
        setting.add_argument("--fixed-ends", action="store_true", help="no use moves an end")
        setting.add_argument("--max-keys", type=int, help="how many tokens one may have")
        add_json(setting)
        removal = acts.add_parser("remove", help="remove a ceiling")
        removal.set_defaults(run=self._remove)
        _add_place(removal)
        add_json(removal)

    def _list(self, options: Options) -> None:
        rows = list(
            KeyCeiling.objects.select_related("organization").order_by("role", "organization__name")
        )
        self.say(
            options,
            {"ceilings": [_document(row) for row in rows], "count": len(rows)},
            *table(COLUMNS, [_cells(row) for row in rows]),
        )

    def _set(self, options: Options) -> None:
        role, organization = _place(options)
        longest = options["max_lifetime"]
        wish = CeilingWish(
            max_lifetime_seconds=None if longest is None else int(longest.total_seconds()),
            forbids_full_access=options["forbid_full_access"],
            scopes=options["scope"],
            fixed_ends=options["fixed_ends"],
            max_keys=options["max_keys"],
        )
        row = ceiling_set(caller=OPERATOR, wish=wish, role=role, organization=organization)
        told = "`manage.py tokens review` lists the tokens above it."
        self.say(options, _document(row), f"Set the {row}. {told}")

    def _remove(self, options: Options) -> None:
        role, organization = _place(options)
        ceiling_remove(caller=OPERATOR, role=role, organization=organization)
        place = role or str(organization)
        self.say(options, {"removed": place}, f"Removed the ceiling of {place}.")


def _add_place(parser: ArgumentParser) -> None:
    parser.add_argument("--role", help="a site role; member is everybody")
    parser.add_argument("--organization", help="name or id")


def _place(options: Options) -> tuple[str, Organization | None]:
    role, name = options["role"] or "", options["organization"]
    if bool(role) == bool(name):
        raise UsageError("Say for whom: --role or --organization.")
    if role:
        return role, None
    advice = "Give its name or id."
    return "", found(organization_find(name), "organization", name, advice)


def _lifetime(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _cells(row: KeyCeiling) -> tuple[str, ...]:
    seconds = row.max_lifetime_seconds
    longest = "" if seconds is None else format_duration(to_nanoseconds(timedelta(seconds=seconds)))
    return (
        source_of(row),
        longest or "-",
        "forbidden" if row.forbids_full_access else "-",
        "-" if row.scopes is None else ", ".join(row.scopes) or "none",
        "fixed" if row.fixed_ends else "-",
        "-" if row.max_keys is None else str(row.max_keys),
    )


def _document(row: KeyCeiling) -> dict[str, Any]:
    return {
        "role": row.role,
        "organization": None if row.organization is None else row.organization.name,
        "max_lifetime_seconds": row.max_lifetime_seconds,
        "forbid_full_access": row.forbids_full_access,
        "scopes": row.scopes,
        "fixed_ends": row.fixed_ends,
        "max_keys": row.max_keys,
    }
