"""What the default set-up takes when nothing happens, and whether load leaves anything behind.

    python -m bench.idle [--database sqlite|postgresql] [--cycles N]

Between the loads it waits longer than servers keep idle threads: what belonged to any must be gone,
and the next load must not add to it.
"""

import argparse
import time

import psycopg

from bench.databases import VENDORS, Database, database
from bench.load import Call, rate
from bench.serving import Server, real

IDLE_SECONDS = 35
LOAD_SECONDS = 5
CONNECTIONS = 64


def database_connections(data: Database) -> int | None:
    if data.vendor == "sqlite":
        return None
    with psycopg.connect(data.environment["CODERAUTH_DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        ).fetchone()
    return None if row is None else row[0] - 1


def report(name: str, server: Server, data: Database) -> None:
    connections = database_connections(data)
    print(
        f"{name:12}{server.memory_mb():8.0f} MB{len(server.processes()):4} processes"
        f"{server.open_files():6} open files"
        + ("" if connections is None else f"{connections:5} database connections")
    )


def measure(data: Database, *, cycles: int) -> None:
    call = Call("/api/v2/users/me", {"Coder-Session-Token": data.session})
    print(f"\n{data.vendor}")
    with real(data.environment) as server:
        time.sleep(5)
        report("started", server, data)
        for cycle in range(1, cycles + 1):
            rate(server, call, seconds=LOAD_SECONDS, connections=CONNECTIONS)
            report(f"load {cycle}", server, data)
            time.sleep(IDLE_SECONDS)
            report(f"idle {cycle}", server, data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--cycles", type=int, default=3)
    options = parser.parse_args()
    for vendor in options.database or VENDORS:
        with database(vendor) as data:
            measure(data, cycles=options.cycles)


if __name__ == "__main__":
    main()
