"""What providers sent about the last people who signed in: proof of what the variables name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accounts.models import UserLink, UserLoginType
from accounts.providers.claim_paths import claim, paths
from accounts.providers.configuration import OidcConfig
from accounts.providers.diagnosis import OK, WARNING, Finding, claims_wanted

PEOPLE = 100
# At most this many names are shown; a directory may have thousands of groups.
SHOWN = 20


def people_diagnose(config: OidcConfig) -> Iterator[Finding]:
    """Yield for each configured claim how many of the last people had it.

    Only values of groups and roles are shown. Costs one query.
    """
    links = UserLink.objects.filter(login_type=UserLoginType.OIDC, provider=config.id)
    rows = links.order_by("-updated_at").values("claims", "refresh_token", "expires_at")
    seen = list(rows[:PEOPLE])
    if not seen:
        yield Finding("people", OK, "Nobody has signed in with it yet.")
        return
    people = [row["claims"].get("merged_claims") or {} for row in seen]
    for field, name in claims_wanted(config).items():
        found = [value for value in (claim(one, field) for one in people) if value is not None]
        told = f"{len(found)} of the last {len(seen)} who signed in had it"
        if found:
            is_list = field in (config.group_field, config.role_field)
            values = f": {_shown(_names(found))}" if is_list else ""
            yield Finding(f"claim {field}", OK, f"{told}{values}.")
        else:
            sent = sorted({name for one in people for name in paths(one)})
            told = f"{told}; what is sent: {_shown(sent)}."
            yield Finding(f"claim {field}", WARNING, told, f"See {name}.")
    yield _renewal(seen)


def _renewal(seen: Sequence[Mapping[str, Any]]) -> Finding:
    ending = [row for row in seen if row["expires_at"] is not None]
    renewable = [row for row in ending if row["refresh_token"]]
    if ending and not renewable:
        told = f"None of the last {len(seen)} got one: sessions end with the access token."
        advice = "Most providers want the scope offline_access for it (docs/sso.md)."
        return Finding("refresh tokens", WARNING, told, advice)
    told = f"{len(renewable)} of {len(ending)} people whose access token expires got one."
    return Finding("refresh tokens", OK, told)


def _names(values: Sequence[Any]) -> list[str]:
    """Return the names in lists, each once."""
    lists = [value if isinstance(value, list | dict) else [value] for value in values]
    return sorted({str(name) for one in lists for name in one})


def _shown(names: Sequence[str]) -> str:
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
