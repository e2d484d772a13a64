"""The kinds of notices: when each is sent, what it says, and what to do if it was not you."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

OPERATOR: Final = "the operator of the service"
ONESELF: Final = "yourself"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice. `about` ends the sentence "Mail me when …".

    `title`, `text` and `advice` are formatted with the facts of a notice, `{account}` and `{by}`.
    """

    name: str
    about: str
    title: str
    text: str
    advice: str


_ENDED = "tell an administrator, and change your password: that ends all your sessions and keys."
_CHANGE = f"If it was not you, {_ENDED}"
_KINDS = (
    Kind(
        "password_changed",
        "my password was changed or reset",
        "Your password was changed",
        "A new password was set for your account {account} by {by}. All your sessions and keys "
        "ended.",
        "If somebody else set it, they know it: choose one of your own at {url}/forgot-password. "
        "If you did not ask for this, tell an administrator.",
    ),
    Kind(
        "sign_in_changed",
        "the way I sign in was changed",
        "You sign in another way",
        "Your account {account} now signs in with {login_type}. It was changed by {by}.",
        "If you did not want this, tell an administrator.",
    ),
    Kind(
        "new_device",
        "somebody signed in as me with a new device",
        "Signed in with a new device",
        "Somebody signed in to your account {account} with {device}, from the address {address}.",
        f"If it was you, there is nothing to do. Your sessions are at {{url}}/keys. {_CHANGE}",
    ),
    Kind(
        "full_access_key",
        "a key was made that may do everything I may",
        "A key for everything was made",
        "The key {key} was made for your account {account} by {by}. It may do everything that you "
        "may.",
        "A key should be able to do only what its script needs. Revoke it at {url}/keys if you do "
        f"not know it. {_CHANGE}",
    ),
    Kind(
        "key_ending",
        "a key of mine is about to end",
        "A key is about to end",
        "The key {key} of your account {account} ends on {ends}, unless it is used before or "
        "rotated.",
        "If a script still needs it, rotate it at {url}/keys, or make another one. Otherwise there "
        "is nothing to do.",
    ),
    Kind(
        "key_unused",
        "a key of mine expired because nobody used it",
        "An unused key has expired",
        "The key {key} of your account {account} was not used for a long time, and has expired.",
        "If a script still needs it, make another one at {url}/keys.",
    ),
    Kind(
        "key_leaked",
        "a key of mine was found where others can read it",
        "A leaked key was revoked",
        "The key {key} of your account {account} was found where others can read it, and was "
        "revoked at once.",
        "Make another one at {url}/keys, take the leaked one out of where it was published, and "
        "see in its trail whether somebody else used it.",
    ),
    Kind(
        "suspended",
        "my account was suspended",
        "Your account was suspended",
        "Your account {account} was suspended by {by}. Its sessions and keys are refused until it "
        "is activated.",
        "If you do not know why, ask an administrator.",
    ),
    Kind(
        "activated",
        "my account was activated",
        "Your account was activated",
        "Your account {account} was activated by {by}. You may sign in again.",
        "There is nothing to do.",
    ),
    Kind(
        "deleted",
        "my account was deleted",
        "Your account was deleted",
        "Your account {account} was deleted by {by}. Its sessions and keys ended.",
        "If you do not know why, ask an administrator.",
    ),
    Kind(
        "people_changed",
        "an account was made, suspended, activated or deleted (for administrators)",
        "The account {person} was {done}",
        "The account {person} was {done} by {by}.",
        "If you did not expect that, look at {url}/admin/audit.",
    ),
)
KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in words."""

    title: str
    text: str
    advice: str


def in_words(kind: str, facts: Mapping[str, Any]) -> Message:
    """Return what a notice says; `facts` has all that its kind names."""
    found = KINDS[kind]
    return Message(*(text.format_map(facts) for text in (found.title, found.text, found.advice)))
