"""Requests a second of the three hot endpoints, as a ratio to a bare view with one raw query.

python -m bench.endpoints [--database sqlite|postgresql] [--rounds N] [--seconds S]
"""

import argparse
import json
from contextlib import ExitStack
from functools import partial

from bench.comparing import Spread, interleave, ratios
from bench.databases import VENDORS, Database, database
from bench.load import Call, rate
from bench.serving import keep_off_the_server_core, pinned
from scopes.engine.policy import RESOURCES

BARE = "bare Django view"
# What a proxy is configured to ask.
ASKED = "resource_type=user&action=read&owner_id=me"


def checks(count: int) -> str:
    """Return a request for `count` different decisions about what the caller owns."""
    pairs = [(kind, action) for kind, actions in RESOURCES.items() for action in actions]
    step = len(pairs) / count
    described = {
        f"{action}-{kind}": {
            "object": {"resource_type": kind, "owner_id": "me", "organization_id": ""},
            "action": action,
        }
        for kind, action in (pairs[int(number * step)] for number in range(count))
    }
    return json.dumps({"checks": described})


def contenders(data: Database) -> dict[str, tuple[str, Call]]:
    """Return by name: which settings to serve, and what to ask."""
    session = {"Coder-Session-Token": data.session}
    token = {"Authorization": f"Token {data.drf_token}"}
    ours = "coderauth.settings"
    return {
        BARE: ("bench.peers.bare.settings", Call("/me", session)),
        "GET /users/me": (ours, Call("/api/v2/users/me", session)),
        "POST /authcheck, 1": (ours, Call("/api/v2/authcheck", session, checks(1))),
        "POST /authcheck, 20": (ours, Call("/api/v2/authcheck", session, checks(20))),
        "POST /authcheck, 100": (ours, Call("/api/v2/authcheck", session, checks(100))),
        "GET /auth/forward": (ours, Call(f"/api/v2/auth/forward?{ASKED}", session)),
        # A header that the express lane does not know.
        "GET /users/me, by Django": (ours, Call("/api/v2/users/me", session | {"X-Odd": "a"})),
        "DRF, one raw query": ("bench.peers.drf_raw.settings", Call("/me", session)),
        "DRF TokenAuthentication": ("bench.peers.drf_token.settings", Call("/me", token)),
    }


def measure(data: Database, *, rounds: int, seconds: float) -> None:
    found = contenders(data)
    with ExitStack() as stack:
        servers = {
            settings: stack.enter_context(pinned(settings, data.environment))
            for settings in dict.fromkeys(settings for settings, _ in found.values())
        }
        spent: dict[str, list[float]] = {name: [] for name in found}

        def slot(name: str) -> float:
            settings, call = found[name]
            server = servers[settings]
            before = server.cpu_seconds()
            per_second = rate(server, call, seconds=seconds)
            spent[name].append((server.cpu_seconds() - before) / (per_second * seconds) * 1e6)
            return per_second

        measures = {name: partial(slot, name) for name in found}
        interleave(measures, rounds=1)  # Warm: connections, caches, the hourly write of the key.
        for costs in spent.values():
            costs.clear()
        figures = interleave(measures, rounds=rounds)
    print(f"\n{data.vendor}, {rounds} rounds of {seconds:g} s")
    print(f"{'':26}{'ratio':26}{'by CPU':22}{'µs CPU':>8}{'requests/s':>12}")
    for name, values in figures.items():
        ratio = ratios(values, figures[BARE])
        by_cpu = ratios(spent[BARE], spent[name])
        cost, speed = Spread.of(spent[name]).median, Spread.of(values).median
        print(f"{name:26}{ratio:.2f}{'':5}{by_cpu:.2f}{'':4}{cost:>8.0f}{speed:>12.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    keep_off_the_server_core()
    for vendor in options.database or VENDORS:
        with database(vendor) as data:
            measure(data, rounds=options.rounds, seconds=options.seconds)


if __name__ == "__main__":
    main()
