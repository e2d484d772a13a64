"""Pages about one's own account."""

from typing import ClassVar

from coderauth.pages.access import OwnPage, PageAccess
from coderauth.pages.forms import FormPage, FormType
from coderauth.pages.page import VisitorPage
from scopes.callers import Caller
from scopes.people import resolve_person


class AccountPage(VisitorPage):
    """A page about one's own account, which the key in use must be able to read."""

    access: ClassVar[PageAccess] = OwnPage("it is about one's own account")
    caller: Caller

    def enter(self) -> None:
        resolve_person(self.caller, "me")


class AccountForm(AccountPage, FormPage[FormType]):
    """A form about one's own account."""
