"""Hash for some seconds with the service's parameters and print the hashes a second.

Run by `bench.sign_in` in as many processes as the service has workers: its ceiling.
"""

import sys
import time

from argon2 import PasswordHasher

from coderauth.settings import ARGON2_MEMORY_KIB, ARGON2_PARALLELISM, ARGON2_TIME_COST


def main() -> None:
    hasher = PasswordHasher(ARGON2_TIME_COST, ARGON2_MEMORY_KIB, ARGON2_PARALLELISM)
    encoded = hasher.hash("a password")
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < float(sys.argv[1]):
        hasher.verify(encoded, "a password")
        done += 1
    sys.stdout.write(f"{done / (time.perf_counter() - start)}\n")


if __name__ == "__main__":
    main()
