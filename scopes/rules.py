"""Rules for the names of what people make; `required` says whether a name is needed."""

from coderauth.http.rules import NAME_SCHEMA, Rule, is_name, is_new_name

role_name = Rule("role_name", lambda text: not text or is_name(text), NAME_SCHEMA)
organization_name = Rule(
    "organization_name", lambda text: not text or is_new_name(text), NAME_SCHEMA
)
group_name = Rule("group_name", lambda text: not text or is_new_name(text), NAME_SCHEMA)
