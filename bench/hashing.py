"""Hash for some seconds with the service's parameters; print hashes a second, CPU seconds of one.

Run by `bench.sign_in` in as many processes as the service has workers: its ceiling.
"""

import sys
import time

from argon2 import PasswordHasher

from coderauth.settings import ARGON2_MEMORY_KIB, ARGON2_PARALLELISM, ARGON2_TIME_COST


def main() -> None:
    hasher = PasswordHasher(ARGON2_TIME_COST, ARGON2_MEMORY_KIB, ARGON2_PARALLELISM)
    encoded = hasher.hash("a password")
    start, busy, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - start < float(sys.argv[1]):
        hasher.verify(encoded, "a password")
        done += 1
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    sys.stdout.write(f"{done / seconds} {busy / done}\n")


if __name__ == "__main__":
    main()
