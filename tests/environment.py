"""Set the environment of the tests before Django reads its settings (a pytest plugin)."""

import os
import tempfile

import pytest

DEFAULTS = {
    "DJANGO_SETTINGS_MODULE": "coderauth.settings",
    "CODERAUTH_SECRET_KEY": "tests-only-tests-only-tests-only-tests-only",
    "CODERAUTH_ENCRYPTION_KEY": "tests-only-tests-only-tests-only-tests-only",
    # The real hasher, at a cost that lets a suite of thousands of passwords run.
    "CODERAUTH_ARGON2_TIME_COST": "1",
    "CODERAUTH_ARGON2_MEMORY_KIB": "8",
    "CODERAUTH_ARGON2_PARALLELISM": "1",
    "CODERAUTH_PASSWORD_HASH_CONCURRENCY": "8",
    "CODERAUTH_DANGEROUS_DISABLE_RATE_LIMITS": "true",
}

for name, value in DEFAULTS.items():
    os.environ.setdefault(name, value)
# A proxy of this machine has nothing to do with the providers of tests, which are on it.
for name in [one for one in os.environ if one.lower().endswith("_proxy")]:
    del os.environ[name]
if "CODERAUTH_DATA_DIR" not in os.environ:
    os.environ["CODERAUTH_DATA_DIR"] = tempfile.mkdtemp(prefix="coderauth-tests-")


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """Keep the cores busy: a third of a test's time is spent waiting for something."""
    return (os.cpu_count() or 1) + 1
