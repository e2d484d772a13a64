"""Sign-ins and key creations a second, with the audit chained meanwhile and without.

    python -m bench.audit [--database sqlite|postgresql] [--rounds N] [--seconds S]

The server is `manage.py serve --no-worker` with its defaults; the chain is sealed by a `db_worker`
next to it, as `serve` does by itself. Only the limits on attempts are off.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from bench.comparing import Spread, interleave, ratios
from bench.databases import ROOT, VENDORS, Database, Vendor, database
from bench.load import Call, rate
from bench.serving import CORES, Server, started
from bench.sign_in import sign_ins
from tests.servers import free_port

AT_ONCE = 8


@contextmanager
def sealing(data: Database) -> Iterator[None]:
    command = [sys.executable, "manage.py", "db_worker"]
    worker = subprocess.Popen(
        command, env=dict(data.environment), cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def sealed(data: Database, measure: Callable[[], float]) -> float:
    with sealing(data):
        return measure()


@contextmanager
def without_worker(data: Database) -> Iterator[Server]:
    port = free_port()
    environment = {**data.environment, "CODERAUTH_HTTP_ADDRESS": f"127.0.0.1:{port}"}
    command = [sys.executable, "manage.py", "serve", "--no-worker"]
    with started(command, environment, port, cores=set(CORES)) as server:
        yield server


def measure(vendor: Vendor, *, rounds: int, seconds: float) -> None:
    with (
        database(vendor, DANGEROUS_DISABLE_RATE_LIMITS="true") as data,
        without_worker(data) as server,
    ):
        headers = {"Coder-Session-Token": data.session, "Content-Type": "application/json"}
        create = Call("/api/v2/users/me/keys/tokens", headers, body="{}")
        acts: dict[str, Callable[[], float]] = {
            "sign-ins": partial(sign_ins, server, data, AT_ONCE, seconds, []),
            "key creations": partial(rate, server, create, seconds=seconds, connections=AT_ONCE),
        }
        measures: dict[str, Callable[[], float]] = {}
        for name, act in acts.items():
            measures[name] = act
            measures[f"{name}, chained"] = partial(sealed, data, act)
        figures = interleave(measures, rounds=rounds)
    print(f"\n{vendor}, {rounds} rounds of {seconds:g} s, {AT_ONCE} at once, a second")
    for name in acts:
        plain, chained = figures[name], figures[f"{name}, chained"]
        print(
            f"{name:14} {Spread.of(plain):.1f}, chained {Spread.of(chained):.1f}: "
            f"ratio {ratios(chained, plain):.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    for vendor in options.database or VENDORS:
        measure(vendor, rounds=options.rounds, seconds=options.seconds)


if __name__ == "__main__":
    main()
