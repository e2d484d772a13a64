"""What verifying a key costs among a thousand keys and among a million.

python -m bench.keys [--database sqlite|postgresql] [--rounds N] [--large N]
"""

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from hashlib import sha256

import django
from django.apps import apps
from django.db import connection
from django.utils.module_loading import import_string

from bench.comparing import Spread, interleave, ratios
from bench.databases import ROOT, VENDORS, Database, Vendor, database, run

SECRET = "s" * 22
# The best batch of a round counts: neighbours on the machine only ever make one slower.
BATCHES, CALLS = 10, 200
# Multiplying by a prime scatters the ids over the index as random ones are.
SCATTER, IDS = 7_368_787_667, 10_000_000_000
NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT %s) ",
    "postgresql": "WITH n(i) AS (SELECT generate_series(0::bigint, %s - 1)) ",
}
IDENTIFIER = {
    "sqlite": f"printf('%%010d', i * {SCATTER} %% {IDS})",
    "postgresql": f"lpad((i::numeric * {SCATTER} %% {IDS})::text, 10, '0')",
}


def fill(amount: int) -> None:
    """Store keys that differ in their id only, as copies of the one there is."""
    keys = apps.get_model("scopes.Key")._meta
    table, copied = keys.db_table, {str(field.column) for field in keys.concrete_fields}
    copied -= {"id", "hashed_secret"}
    columns = ", ".join(sorted(copied))
    statement = (
        f"{NUMBERS[connection.vendor]} INSERT INTO {table} (id, hashed_secret, {columns}) "
        f"SELECT {IDENTIFIER[connection.vendor]}, %s, {columns} "
        f"FROM n, (SELECT {columns} FROM {table} LIMIT 1) model"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET last_used_at = created_at")
        cursor.execute(statement, [amount, sha256(SECRET.encode()).digest()])
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def serve(amount: int) -> None:
    """For each line of the standard input, verify random keys and print the µs of one."""
    verify = import_string("scopes.keys.verifying.verify")
    for _ in sys.stdin:
        print(min(batch(amount, verify) for _ in range(BATCHES)), flush=True)


def batch(amount: int, verify: Callable[..., object]) -> float:
    tokens = [f"{random.randrange(amount) * SCATTER % IDS:010d}-{SECRET}" for _ in range(CALLS)]
    start = time.perf_counter()
    for token in tokens:
        verify(token, address="127.0.0.1")
    return (time.perf_counter() - start) / CALLS * 1e6


@contextmanager
def verifier(data: Database, amount: int) -> Iterator["subprocess.Popen[str]"]:
    run("bench.keys", data.environment, "--fill", str(amount))
    command = [sys.executable, "-m", "bench.keys", "--serve", str(amount)]
    process = subprocess.Popen(
        command,
        env=dict(data.environment),
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        yield process


def ask(process: "subprocess.Popen[str]") -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def measure(vendor: Vendor, *, rounds: int, large: int) -> None:
    with ExitStack() as stack:
        measures = {}
        for amount in (1_000, large):
            data = stack.enter_context(database(vendor))
            process = stack.enter_context(verifier(data, amount))
            measures[f"{amount:,} keys"] = partial(ask, process)
        interleave(measures, rounds=3)
        figures = interleave(measures, rounds=rounds)
    few, many = figures.values()
    print(f"\n{vendor}, {rounds} rounds, µs of one verification")
    for name, values in figures.items():
        print(f"{name:16}{Spread.of(values):.0f}")
    print(f"{'ratio':16}{ratios(many, few):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill or options.serve:
        django.setup()
        fill(options.fill) if options.fill else serve(options.serve)
        return
    for vendor in options.database or VENDORS:
        measure(vendor, rounds=options.rounds, large=options.large)


if __name__ == "__main__":
    main()
