"""What a redirect may make the sign-in page say.

Anybody can write a link with a `message`, and what a page says is believed: only what we send
ourselves is told, and in fixed words.
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
    """Return our words for a message of ours, nothing for anybody else's."""
    for code, words in _WORDS.items():
        if message.startswith(ERRORS[code].message.partition("{")[0]):
            return words
    return ""
