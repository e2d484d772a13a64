"""How passwords are stored: as Argon2id, and in the form of databases moved from Coder."""

import base64
from hashlib import pbkdf2_hmac
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher, mask_hash
from django.utils.crypto import constant_time_compare

CODER_PREFIX = "$pbkdf2-sha256$"
# As Coder makes them (accounts.md 3.6).
CODER_ROUNDS, CODER_SALT_BYTES, CODER_BYTES = 65_535, 16, 64


class Argon2id(Argon2PasswordHasher):
    """Django's Argon2id with its cost from the settings (RFC 9106)."""

    @property
    def time_cost(self) -> int:  # type: ignore[override]
        cost: int = settings.ARGON2_TIME_COST
        return cost

    @property
    def memory_cost(self) -> int:  # type: ignore[override]
        cost: int = settings.ARGON2_MEMORY_KIB
        return cost

    @property
    def parallelism(self) -> int:  # type: ignore[override]
        lanes: int = settings.ARGON2_PARALLELISM
        return lanes


class CoderPBKDF2(BasePasswordHasher):
    """Verify hashes of a Coder database (accounts.md 3.6); a sign-in replaces them."""

    algorithm = "coder_pbkdf2"

    def decode(self, encoded: str) -> dict[str, Any]:
        """Return the parts of `coder_pbkdf2$pbkdf2-sha256$rounds$salt$hash`; ValueError if not."""
        algorithm, kind, rounds, salt, digest = encoded.split("$")
        if algorithm != self.algorithm or kind != "pbkdf2-sha256":
            raise ValueError("not a password hash of Coder")
        return {
            "algorithm": algorithm,
            "iterations": int(rounds),
            "salt": _unpadded(salt),
            "hash": _unpadded(digest),
        }

    def verify(self, password: str, encoded: str) -> bool:
        parts = self.decode(encoded)
        digest = pbkdf2_hmac(
            "sha256",
            password.encode(),
            parts["salt"],
            parts["iterations"],
            dklen=len(parts["hash"]),
        )
        return constant_time_compare(digest, parts["hash"])

    def safe_summary(self, encoded: str) -> Any:
        parts = self.decode(encoded)
        return {
            "algorithm": self.algorithm,
            "iterations": parts["iterations"],
            "hash": mask_hash(parts["hash"].hex()),
        }

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: Django calls this only for hashes of its preferred algorithm."""


def spend_like_coder(password: str) -> None:
    """Do the work of comparing with a hash of Coder's, and throw the result away."""
    pbkdf2_hmac("sha256", password.encode(), bytes(CODER_SALT_BYTES), CODER_ROUNDS, CODER_BYTES)


def _unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
