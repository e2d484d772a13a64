"""The first byte of each page of an owner, with 100,000 people who have a key each.

python -m bench.pages [--database sqlite|postgresql] [--rounds N] [--people N]
"""

import argparse
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

from bench.comparing import Spread
from bench.databases import VENDORS, Database, database, run
from bench.serving import Server, keep_off_the_server_core, pinned

TARGET = 60  # milliseconds
PATHS = (
    "/keys", "/keys/new", "/keys/new?scopes=coder:workspaces.operate,user:read",
    "/check", "/check?who=person&person=user500&action=read&type=workspace",
    "/account", "/account/profile", "/account/mail", "/cli-auth",
    "/admin/", "/admin/people", "/admin/people?q=user9", "/admin/people?page=500",
    "/admin/people/user500", "/admin/people/user500/keys", "/admin/people/user500/audit",
    "/admin/people/user500/organizations", "/admin/service-accounts",
    "/admin/keys", "/admin/keys?unused=90", "/admin/keys?of=user500", "/admin/keys?page=500",
    "/admin/ceilings", "/admin/organizations", "/admin/organizations/coder",
    "/admin/organizations/coder/groups", "/admin/organizations/coder/roles",
    "/admin/objects", "/admin/scopes", "/admin/audit", "/admin/settings", "/admin/system",
)  # fmt: skip


def first_byte(server: Server, data: Database, path: str, rounds: int) -> Spread:
    """Return the milliseconds until a page begins; raises RuntimeError for one that is none."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    headers = {"Cookie": f"coder_session_token={data.session}", "Accept": "text/html"}
    taken = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        taken.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"no page: {answer.status} {path}")
        answer.read()
    connection.close()
    return Spread.of(taken[1:])  # The first compiles a template.


def measure(data: Database, *, people: int, rounds: int) -> None:
    run("bench.crowd", data.environment, str(people))
    print(f"\n{data.vendor}, {people:,} people, {rounds} requests each, milliseconds")
    with pinned("coderauth.settings", data.environment) as server:
        for path in PATHS:
            found = first_byte(server, data, path, rounds)
            late = "" if found.median <= TARGET else f"   over {TARGET}"
            print(f"{path:64}{found:.1f}{late}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--people", type=int, default=100_000)
    options = parser.parse_args()
    keep_off_the_server_core()
    for vendor in options.database or VENDORS:
        with database(vendor) as data:
            measure(data, people=options.people, rounds=options.rounds)


if __name__ == "__main__":
    main()
