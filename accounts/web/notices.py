"""What a redirect can make the sign-in page say.

Anybody can write a link with a `message`, and people believe what a page says: it shows only
messages that we send ourselves, in fixed words.
"""

from coderauth.refusals import ERRORS

_WORDS = {
    "github_organization_required": (
        "You are not a member of a GitHub organization that may sign in here. "
        "Ask an administrator, or use another account."
    ),
    "github_team_required": (
        "You are not a member of a GitHub team that may sign in here. "
        "Ask an administrator, or use another account."
    ),
}


def notice_of(message: str) -> str:
    """Return our words for one of our messages, and nothing for others."""
    for code, words in _WORDS.items():
        if message.startswith(ERRORS[code].message.partition("{")[0]):
            return words
    return ""
