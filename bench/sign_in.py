"""Sign-ins a second against the ceiling of the raw hash, and what ten at once do to others.

    python -m bench.sign_in [--database sqlite|postgresql] [--rounds N] [--seconds S]

The server is the real one, `manage.py serve` with its defaults and all cores; only the limits on
attempts are off. The ceiling is Argon2id alone, with the same parameters, in as many processes as
hash at the same time in the server.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from threading import Event, Thread
from urllib.parse import urlsplit

from bench.comparing import Spread, interleave, ratios
from bench.databases import ROOT, VENDORS, Database, database
from bench.serving import Server, real

WORKERS = 2  # The default of CODERAUTH_WORKERS.
AT_ONCE = (1, 10)


def ceiling(data: Database, processes: int, seconds: float, costs: list[float]) -> float:
    """Return the raw hashes a second of some processes that do nothing else; add the CPU of one."""
    command = [sys.executable, "-m", "bench.hashing", str(seconds)]
    running = [
        subprocess.Popen(
            command, env=dict(data.environment), cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    reports = [process.communicate()[0].split() for process in running]
    costs.append(sum(float(cost) for _, cost in reports) / processes)
    return sum(float(rate) for rate, _ in reports)


def sign_ins(
    server: Server, data: Database, at_once: int, seconds: float, costs: list[float]
) -> float:
    """Return the sign-ins a second and add the CPU of one; raises RuntimeError for a refusal."""
    body = json.dumps({"email": data.email, "password": data.password})
    start, busy = time.perf_counter(), server.cpu_seconds()

    def one_after_the_other(_: int) -> int:
        done = 0
        with connected(server) as connection:
            while time.perf_counter() - start < seconds:
                connection.request("POST", "/api/v2/users/login", body)
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 201:
                    raise RuntimeError(f"refused: {answer.status} {text!r}")
                done += 1
        return done

    with ThreadPoolExecutor(at_once) as people:
        done = sum(people.map(one_after_the_other, range(at_once)))
    costs.append((server.cpu_seconds() - busy) / done)
    return done / (time.perf_counter() - start)


@contextmanager
def connected(server: Server) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


class Watch:
    """While the block runs: the highest memory, and the slowest `GET /users/me` of somebody."""

    def __init__(self, server: Server, data: Database) -> None:
        self.server, self.session = server, data.session
        self.memory_mb, self.latencies = 0.0, list[float]()
        self._over = Event()

    def __enter__(self) -> "Watch":
        self._threads = [Thread(target=self._weigh), Thread(target=self._ask)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _weigh(self) -> None:
        while not self._over.wait(0.1):
            self.memory_mb = max(self.memory_mb, self.server.memory_mb())

    def _ask(self) -> None:
        with connected(self.server) as connection:
            while not self._over.wait(0.01):
                start = time.perf_counter()
                connection.request(
                    "GET", "/api/v2/users/me", headers={"Coder-Session-Token": self.session}
                )
                answer = connection.getresponse()
                answer.read()
                self.latencies.append((time.perf_counter() - start) * 1000)
                if answer.status != 200:
                    raise RuntimeError(f"GET /users/me: {answer.status}")


def measure(data: Database, *, rounds: int, seconds: float) -> None:
    costs: dict[str, list[float]] = {}
    with real(data.environment) as server:
        measures: dict[str, Callable[[], float]] = {}
        for at_once in AT_ONCE:
            hashes, whole = f"hash, {at_once}", f"sign-in, {at_once}"
            costs |= {hashes: [], whole: []}
            processes = min(at_once, WORKERS)
            measures[hashes] = partial(ceiling, data, processes, seconds, costs[hashes])
            measures[whole] = partial(sign_ins, server, data, at_once, seconds, costs[whole])
        sign_ins(server, data, 1, 1, [])
        before = server.memory_mb()
        figures = interleave(measures, rounds=rounds)
        with Watch(server, data) as watch:
            sign_ins(server, data, 10, seconds * 2, [])
    print(f"\n{data.vendor}, {rounds} rounds of {seconds:g} s")
    for at_once in AT_ONCE:
        raw, own = figures[f"hash, {at_once}"], figures[f"sign-in, {at_once}"]
        by_cpu = ratios(costs[f"hash, {at_once}"], costs[f"sign-in, {at_once}"])
        print(
            f"{at_once:>2} at once: {Spread.of(own):.1f} a second, the raw hash "
            f"{Spread.of(raw):.1f}: ratio {ratios(own, raw):.2f}, by CPU {by_cpu:.2f}"
        )
    slow = sorted(watch.latencies)
    print(
        f"ten at once: none refused, memory {before:.0f} MB + {watch.memory_mb - before:.0f} MB; "
        f"GET /users/me meanwhile: median {slow[len(slow) // 2]:.0f} ms, "
        f"99 % {slow[int(len(slow) * 0.99)]:.0f} ms, worst {slow[-1]:.0f} ms of {len(slow)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=VENDORS, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    for vendor in options.database or ["sqlite"]:
        with database(vendor, DANGEROUS_DISABLE_RATE_LIMITS="true") as data:
            measure(data, rounds=options.rounds, seconds=options.seconds)


if __name__ == "__main__":
    main()
