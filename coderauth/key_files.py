"""Keys that stand in files, because no variable holds them."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 32  # characters


def read_key(variable: str, file: Path) -> str:
    """Return the key in a file; raises ImproperlyConfigured when there is no usable one.

    `variable` is the one that could hold the key instead.
    """
    try:
        value = file.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise ImproperlyConfigured(
            f"{variable} is not set, and the server has not made {file} yet: start it once."
        ) from error
    except OSError as error:
        raise ImproperlyConfigured(
            f"{variable} is not set, and {file} cannot be read: {error.strerror}."
        ) from error
    except UnicodeDecodeError:
        value = ""
    if len(value) < SHORTEST_KEY:
        raise ImproperlyConfigured(
            f"{variable} is not set, and {file} holds no usable key: restore it, or delete it "
            "and another one is made."
        )
    return value
