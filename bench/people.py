"""A page of 100 people, or of everybody's tokens: with 100,000 as a ratio to the time with 1,000.

python -m bench.people [--database sqlite|postgresql] [--rounds N]
"""

import argparse
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

from bench.comparing import Spread
from bench.databases import VENDORS, Database, database, run
from bench.serving import Server, keep_off_the_server_core, pinned

FEW, MANY = 1_000, 100_000
PATHS = (
    "/users?limit=100",
    "/users?limit=100&offset=500",
    "/users?limit=100&q=status:active",
    "/users/me/keys/tokens?include_all=true&limit=100",
)


def milliseconds(server: Server, data: Database, path: str, rounds: int) -> Spread:
    """Return how long an answer takes; raises RuntimeError for one that is no page of 100."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        connection.request("GET", f"/api/v2{path}", headers={"Coder-Session-Token": data.session})
        answer = connection.getresponse()
        text = answer.read()
        taken.append((time.perf_counter() - start) * 1000)
        if answer.status != 200 or text.count(b'"username"') != 100:
            raise RuntimeError(f"no page: {answer.status} {text[:200]!r}")
    connection.close()
    return Spread.of(taken)


def measure(data: Database, *, rounds: int) -> None:
    figures: dict[str, list[Spread]] = {path: [] for path in PATHS}
    for people in (FEW, MANY):
        run("bench.crowd", data.environment, str(people))
        with pinned("coderauth.settings", data.environment) as server:
            for path, found in figures.items():
                found.append(milliseconds(server, data, path, rounds))
    print(f"\n{data.vendor}, {rounds} requests each, milliseconds")
    for path, (few, many) in figures.items():
        print(f"{path:52}{few:.1f}   {many:.1f}   ratio {many.median / few.median:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    keep_off_the_server_core()
    for vendor in options.database or VENDORS:
        with database(vendor) as data:
            measure(data, rounds=options.rounds)


if __name__ == "__main__":
    main()
