"""Requests about organizations."""

from coderauth.http.body import OptionalText, RequestBody, Text
from coderauth.http.rules import display_name as display_name_rule
from coderauth.http.rules import icon as icon_rule
from coderauth.http.rules import required
from scopes import rules


class OrganizationCreate(RequestBody):
    name = Text(rules=(required, rules.organization_name))
    display_name = Text(rules=(display_name_rule,), help_text="Absent: the name.")
    description = Text()
    icon = Text(rules=(icon_rule,))

    example = {"name": "research", "display_name": "Research"}


class OrganizationUpdate(RequestBody):
    name = Text(rules=(rules.organization_name,), help_text="Absent or empty: unchanged.")
    display_name = Text(rules=(display_name_rule,), help_text="Absent or empty: unchanged.")
    description = OptionalText(help_text="Absent: unchanged.")
    icon = OptionalText(rules=(icon_rule,), help_text="Absent: unchanged.")

    example = {"display_name": "Research and Development"}
