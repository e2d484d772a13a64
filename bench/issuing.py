"""Tokens made a second, as a ratio to the same rows inserted with nothing around them.

python -m bench.issuing [--database sqlite|postgresql] [--rounds N] [--seconds S]
"""

import argparse
from contextlib import ExitStack
from functools import partial

from bench.comparing import Spread, interleave, ratios
from bench.databases import VENDORS, Database, database
from bench.load import Call, rate
from bench.serving import OURS, keep_off_the_server_core, pinned

BARE = "bare insert"
# SQLite has one writer at a time.
AT_ONCE = {"sqlite": (1,), "postgresql": (1, 8)}


def measure(data: Database, *, rounds: int, seconds: float) -> None:
    headers = {"Coder-Session-Token": data.session, "Content-Type": "application/json"}
    calls = {
        "bench.peers.insert.settings": (BARE, Call("/make", headers, body="{}")),
        OURS: ("coderauth", Call("/api/v2/users/me/keys/tokens", headers, body="{}")),
    }
    with ExitStack() as stack:
        servers = {
            settings: stack.enter_context(pinned(settings, data.environment)) for settings in calls
        }
        measures = {
            (name, at_once): partial(
                rate, servers[settings], call, seconds=seconds, connections=at_once
            )
            for at_once in AT_ONCE[data.vendor]
            for settings, (name, call) in calls.items()
        }
        by_name = {f"{name}, {at_once} at once": run for (name, at_once), run in measures.items()}
        interleave(by_name, rounds=1)  # Warm: connections and caches.
        figures = interleave(by_name, rounds=rounds)
    print(f"\n{data.vendor}, {rounds} rounds of {seconds:g} s, tokens a second")
    for at_once in AT_ONCE[data.vendor]:
        ours, bare = (figures[f"{name}, {at_once} at once"] for name in ("coderauth", BARE))
        print(
            f"{at_once} at once: {Spread.of(ours):.0f}, bare insert {Spread.of(bare):.0f}, "
            f"ratio {ratios(ours, bare):.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    keep_off_the_server_core()
    for vendor in options.database or VENDORS:
        with database(vendor, DANGEROUS_DISABLE_RATE_LIMITS="true") as data:
            measure(data, rounds=options.rounds, seconds=options.seconds)


if __name__ == "__main__":
    main()
