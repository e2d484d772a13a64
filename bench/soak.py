"""Whether memory, handles and database connections stay flat under load that goes on and on.

    python -m bench.soak [--database sqlite|postgresql] [--minutes N]

Each minute asks for something else in turn, with as many connections as `bench.idle`.
"""

import argparse
from itertools import cycle, islice

from bench.databases import VENDORS, Database, database
from bench.endpoints import checks
from bench.idle import CONNECTIONS, report
from bench.load import Call, rate
from bench.serving import real

MINUTE = 60.0


def calls(data: Database) -> list[Call]:
    session = {"Coder-Session-Token": data.session}
    return [
        Call("/api/v2/users/me", session),
        Call("/api/v2/users?limit=10", session),
        Call("/api/v2/authcheck", session, checks(20)),
        Call("/login", {}),
        Call("/api/v2/organizations", session),
        Call("/api/v2/users/me/keys/tokens", session, "{}"),
    ]


def soak(data: Database, *, minutes: int) -> None:
    print(f"\n{data.vendor}")
    with real(data.environment) as server:
        report("started", server, data)
        for minute, call in enumerate(islice(cycle(calls(data)), minutes), start=1):
            rate(server, call, seconds=MINUTE, connections=CONNECTIONS)
            report(f"minute {minute}", server, data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--minutes", type=int, default=10)
    options = parser.parse_args()
    for vendor in options.database or VENDORS:
        with database(vendor) as data:
            soak(data, minutes=options.minutes)


if __name__ == "__main__":
    main()
