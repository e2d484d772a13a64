"""Environment variables that look like settings but are not."""

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

FILE = "_FILE"
# Variables that Kubernetes sets in every container for a Service whose name begins like ours.
_SERVICE_LINK = re.compile(
    r"(?:.*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|"
    r"PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
_SERVICE_URL = re.compile(r"(?:tcp|udp|sctp)://")


def misspelled(values: Mapping[str, str], prefix: str, known: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each variable with this prefix that is not a setting or its `_FILE`.

    `known` holds the names without the prefix.
    """
    names = [*known, *(name + FILE for name in known)]
    for variable, value in sorted(values.items()):
        name = variable.removeprefix(prefix)
        if name == variable or name in names or _is_service_link(name, value):
            continue
        near = get_close_matches(name, names, n=1)
        advice = f"did you mean {prefix}{near[0]}?" if near else "docs/settings.md lists them all."
        yield f"{variable} is not a setting of coderauth; {advice}"


def _is_service_link(name: str, value: str) -> bool:
    if _SERVICE_LINK.fullmatch(name):
        return True
    return (name == "PORT" or name.endswith("_PORT")) and _SERVICE_URL.match(value) is not None
