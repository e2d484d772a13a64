"""Requests about members."""

from coderauth.http.body import RequestBody, Texts


class MemberRolesUpdate(RequestBody):
    roles = Texts(
        required=True, help_text="The complete new set of the member's roles in the organization."
    )

    example = {"roles": ["organization-auditor"]}
