"""Requests about groups."""

from coderauth.http.body import OptionalText, RequestBody, Text, Uuids
from coderauth.http.rules import display_name as display_name_rule
from coderauth.http.rules import required
from scopes import rules


class GroupCreate(RequestBody):
    name = Text(rules=(required, rules.group_name))
    display_name = Text(rules=(display_name_rule,))

    example = {"name": "reviewers", "display_name": "Reviewers"}


class GroupUpdate(RequestBody):
    name = Text(rules=(rules.group_name,), help_text="Absent or empty: unchanged.")
    display_name = OptionalText(rules=(display_name_rule,), help_text="Absent: unchanged.")
    add_users = Uuids(help_text="Ids of members of the organization.")
    remove_users = Uuids(help_text="Ids of users.")

    example = {"add_users": ["3c0d6f5e-8a0c-4c1e-9b1f-0d8f6f1b2a77"]}
